// What an adapter is: low-rank matrices beside some projections of a frozen model (Hu et al. 2021, "LoRA"), with the
// names, defaults and scaling of PEFT's `LoraConfig`.

/** PEFT's `init_lora_weights`: true draws A as a new linear layer's weight; "gaussian" with a deviation of 1 / rank. */
export type LoraInitialization = true | "gaussian";

/** How an adapter is shaped and scaled. */
export interface LoraSettings {
  /** Rows of A and columns of B (PEFT's `r`). */
  readonly rank: number;
  /** The adapter's product is multiplied by alpha / rank (PEFT's `lora_alpha`). */
  readonly alpha: number;
  /** alpha / sqrt(rank) in its place (Kalajdzievski 2023, "rsLoRA"; PEFT's `use_rslora`). */
  readonly useRslora: boolean;
}

/** A new adapter, before it is known which projections the model has. */
export interface NewLora extends LoraSettings {
  /** `all-linear`, or names: the ends of projections' names (`q_proj`), or whole ones. */
  readonly targetModules: "all-linear" | readonly string[];
  readonly initLoraWeights: LoraInitialization;
  /** Decides the first values of A. */
  readonly seed: number;
}

/** What the adapter's product is multiplied by. */
export function loraScale({ rank, alpha, useRslora }: LoraSettings): number {
  return alpha / (useRslora ? Math.sqrt(rank) : rank);
}
