import { runFixtures } from "../run-fixtures.js";
import { length } from "./index.js";

runFixtures(length, new URL("fixtures.jsonl", import.meta.url));
