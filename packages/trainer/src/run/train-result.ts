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
  /** True when the run was to be taken up again and had done all its steps before. */
  readonly wasComplete?: boolean;
  /** The checkpoint that a stopped run goes on from. */
  readonly checkpoint?: string | null;
  /** Seconds of everything, since this process took the run up. */
  readonly seconds: number;
  /** Seconds of all the run's training steps alone: generating, scoring and updating. */
  readonly trainSeconds: number;
  /** The most memory that the process of the model has held; absent where there was none. This process's comes on top. */
  readonly policyPeakBytes?: number;
  /** Of the last step. */
  readonly metrics: Readonly<Record<string, number | null>>;
}
