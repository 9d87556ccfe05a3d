/** What a run reports while it goes on. The command line draws these; a test or a web page may as well. */
import type { MemoryReport } from "./memory-check.js";

export type TrainEvent =
  | {
      readonly type: "start";
      readonly method: "grpo" | "sft";
      /** Numbers that training changes: an adapter's alone, where one is trained. */
      readonly parameters: number;
      /** Rows of the training dataset. */
      readonly rows: number;
      readonly maxSteps: number;
      readonly engine: string;
      /** `cpu`, `webgpu`, `cuda` or `tfjs-node-gpu`. */
      readonly device: string;
      /** Seconds of reading the model and bringing it to the device; a checkpoint that is taken up comes on top. */
      readonly loadSeconds: number;
      readonly output: string | null;
      /** Where the run is taken up again: the steps it has done, and the checkpoint. */
      readonly resumedFrom?: { readonly step: number; readonly path: string };
    }
  | {
      /** Inside a step, so that slow steps show life. `done` of `total` completions or rows. */
      readonly type: "progress";
      readonly step: number;
      readonly maxSteps: number;
      readonly phase: "generate" | "score" | "train" | "evaluate";
      readonly done: number;
      readonly total: number;
    }
  | {
      /** After each optimizer step. `step` counts from 1. */
      readonly type: "step";
      readonly step: number;
      readonly maxSteps: number;
      /** TRL's names; a metric without a value is null. */
      readonly metrics: Readonly<Record<string, number | null>>;
      /** Completion (GRPO) or trained (SFT) tokens per second of this step. */
      readonly tokensPerSecond: number;
      readonly secondsLeft: number;
    }
  | {
      /** Before anything else, where a model or a dataset comes from the hub: how much of a file has arrived. */
      readonly type: "download";
      /** `org/name` */
      readonly repository: string;
      readonly file: string;
      /** Bytes of the file that are here, of so many. */
      readonly bytes: number;
      readonly total: number;
      /** The same of all files that are downloaded together. */
      readonly allBytes: number;
      readonly allTotal: number;
    }
  /** Where a saved model is measured or completes prompts: what computes, as a training's start says. */
  | { readonly type: "device"; readonly engine: string; readonly device: string }
  /** After the start: what the run will need of the memory there is, by parts. */
  | ({ readonly type: "memory" } & MemoryReport)
  | { readonly type: "evaluate"; readonly step: number; readonly metrics: Readonly<Record<string, number | null>> }
  | { readonly type: "note" | "warning"; readonly message: string }
  /** What a reward said through `context.log`. */
  | { readonly type: "log"; readonly reward: string; readonly message: string }
  | { readonly type: "save"; readonly step: number; readonly path: string };

export type TrainListener = (event: TrainEvent) => void;
