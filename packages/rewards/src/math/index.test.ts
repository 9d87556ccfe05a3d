import { runFixtures } from "../run-fixtures.js";
import { math } from "./index.js";

runFixtures(math, new URL("fixtures.jsonl", import.meta.url));
