import { runFixtures } from "../run-fixtures.js";
import { integer } from "./index.js";

runFixtures(integer, new URL("fixtures.jsonl", import.meta.url));
