import { runFixtures } from "../run-fixtures.js";
import { languageConsistency } from "./index.js";

runFixtures(languageConsistency, new URL("fixtures.jsonl", import.meta.url));
