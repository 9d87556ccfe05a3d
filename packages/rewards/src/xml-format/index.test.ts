import { runFixtures } from "../run-fixtures.js";
import { xmlFormat } from "./index.js";

runFixtures(xmlFormat, new URL("fixtures.jsonl", import.meta.url));
