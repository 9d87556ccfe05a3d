import { runFixtures } from "../run-fixtures.js";
import { repetitionPenalty } from "./index.js";

runFixtures(repetitionPenalty, new URL("fixtures.jsonl", import.meta.url));
