import { runFixtures } from "../run-fixtures.js";
import { thinkAnswer } from "./index.js";

runFixtures(thinkAnswer, new URL("fixtures.jsonl", import.meta.url));
