// What a thread for JavaScript is started with.
import type { Limits } from "../execution.js";

/** Limits of every run, and QuickJS as a compiled WebAssembly.Module. */
export interface ThreadData {
  readonly limits: Limits;
  readonly quickJs: object;
}
