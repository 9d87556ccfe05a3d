import { runFixtures } from "../run-fixtures.js";
import { multipleChoice } from "./index.js";

runFixtures(multipleChoice, new URL("fixtures.jsonl", import.meta.url));
