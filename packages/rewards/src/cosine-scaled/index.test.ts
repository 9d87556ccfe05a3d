import { runFixtures } from "../run-fixtures.js";
import { cosineScaled } from "./index.js";

runFixtures(cosineScaled, new URL("fixtures.jsonl", import.meta.url));
