import { runFixtures } from "../run-fixtures.js";
import { listMatch } from "./index.js";

runFixtures(listMatch, new URL("fixtures.jsonl", import.meta.url));
