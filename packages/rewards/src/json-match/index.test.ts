import { runFixtures } from "../run-fixtures.js";
import { jsonMatch } from "./index.js";

runFixtures(jsonMatch, new URL("fixtures.jsonl", import.meta.url));
