import { runFixtures } from "../run-fixtures.js";
import { reasoningSteps } from "./index.js";

runFixtures(reasoningSteps, new URL("fixtures.jsonl", import.meta.url));
