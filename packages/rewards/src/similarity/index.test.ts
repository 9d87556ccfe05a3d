import { runFixtures } from "../run-fixtures.js";
import { similarity } from "./index.js";

runFixtures(similarity, new URL("fixtures.jsonl", import.meta.url));
