import { runFixtures } from "../run-fixtures.js";
import { codeFormat } from "./index.js";

runFixtures(codeFormat, new URL("fixtures.jsonl", import.meta.url));
