/** What a training came to, whatever its method. */
export interface TrainResult {
  /** Optimizer steps done. */
  readonly steps: number;
  readonly maxSteps: number;
  /** True when the signal ended the run before its last step. */
  readonly stopped: boolean;
  /** The run's folder. */
  readonly output: string | null;
  /** The trained model's folder; null without a run's folder, and where the run was stopped before its first step. */
  readonly model: string | null;
  /** Seconds of everything. */
  readonly seconds: number;
  /** Seconds of the training steps alone: generating, scoring and updating. */
  readonly trainSeconds: number;
  /** Of the last step. */
  readonly metrics: Readonly<Record<string, number | null>>;
}
