import { runFixtures } from "../run-fixtures.js";
import { kimiLength } from "./index.js";

runFixtures(kimiLength, new URL("fixtures.jsonl", import.meta.url));
