import { runFixtures } from "../run-fixtures.js";
import { reasoningAccuracy } from "./index.js";

runFixtures(reasoningAccuracy, new URL("fixtures.jsonl", import.meta.url));
