import { runFixtures } from "../run-fixtures.js";
import { jsonSchema } from "./index.js";

runFixtures(jsonSchema, new URL("fixtures.jsonl", import.meta.url));
