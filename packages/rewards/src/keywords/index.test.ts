import { runFixtures } from "../run-fixtures.js";
import { keywords } from "./index.js";

runFixtures(keywords, new URL("fixtures.jsonl", import.meta.url));
