// What a family of models must say for itself: how its config.json is read into the common description.
import type { ModelConfig } from "../config.js";
import type { ConfigReader } from "../config-reader.js";

/** One family of models. */
export interface Family {
  /** `model_type` in config.json. */
  readonly modelType: string;
  /** The class of transformers that loads what is saved. */
  readonly architecture: string;
  /** Throws a PavlovError that names the field where the file lacks or contradicts something. */
  read(reader: ConfigReader): ModelConfig;
}
