import { runFixtures } from "../run-fixtures.js";
import { thinkFormat } from "./index.js";

runFixtures(thinkFormat, new URL("fixtures.jsonl", import.meta.url));
