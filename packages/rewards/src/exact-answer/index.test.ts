import { runFixtures } from "../run-fixtures.js";
import { exactAnswer } from "./index.js";

runFixtures(exactAnswer, new URL("fixtures.jsonl", import.meta.url));
