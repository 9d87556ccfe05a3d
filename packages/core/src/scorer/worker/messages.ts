/** What the scorer's thread and its reward workers say to each other. Plain data only. */
import type { ColumnMapping } from "../columns.js";
import type { CallSample } from "../invoke.js";
import type { Outcome } from "../outcome.js";

/** How a worker finds and binds a reward. */
export interface WorkerReward {
  /** Position among the rewards of the plan. */
  readonly id: number;
  readonly module: string;
  readonly exportName: string;
  readonly label: string;
  readonly params: object;
  readonly columns: ColumnMapping;
  readonly env: Readonly<Record<string, string>>;
}

export type ToWorker =
  | { readonly type: "prepare"; readonly reward: WorkerReward }
  | { readonly type: "call"; readonly reward: number; readonly samples: readonly CallSample[]; readonly seed: number }
  /** Aborts the running call's signal. */
  | { readonly type: "abort"; readonly message: string }
  | { readonly type: "dispose" };

export type FromWorker =
  /** A `problem` is a whole sentence: the reward cannot run. */
  | { readonly type: "prepared"; readonly problem?: string }
  | { readonly type: "result"; readonly outcomes: readonly Outcome[] }
  | { readonly type: "log"; readonly reward: number; readonly message: string }
  | { readonly type: "disposed"; readonly problem?: string };
