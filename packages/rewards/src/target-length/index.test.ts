import { runFixtures } from "../run-fixtures.js";
import { targetLength } from "./index.js";

runFixtures(targetLength, new URL("fixtures.jsonl", import.meta.url));
