import { runFixtures } from "../run-fixtures.js";
import { regex } from "./index.js";

runFixtures(regex, new URL("fixtures.jsonl", import.meta.url));
