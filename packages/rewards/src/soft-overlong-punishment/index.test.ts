import { runFixtures } from "../run-fixtures.js";
import { softOverlongPunishment } from "./index.js";

runFixtures(softOverlongPunishment, new URL("fixtures.jsonl", import.meta.url));
