import { runFixtures } from "../run-fixtures.js";
import { tagCount } from "./index.js";

runFixtures(tagCount, new URL("fixtures.jsonl", import.meta.url));
