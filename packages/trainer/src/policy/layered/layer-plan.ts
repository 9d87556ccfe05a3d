/** Which layers there are, which programs they share, and how far down a gradient has to go. */
import type { ModelConfig } from "../../model/config.js";
import { LAYER, type LayerKind } from "./layer-program.js";

/** One layer. */
export interface PlannedLayer {
  readonly kind: LayerKind;
  /** From names that begin with `layer.` to the weights' own. */
  readonly names: Readonly<Record<string, string>>;
  /** It, or something below it, is trained. */
  readonly backward: boolean;
  /** Something below it is trained. */
  readonly inputGradient: boolean;
}

export interface LayerPlan {
  readonly layers: readonly PlannedLayer[];
  /** Names of the weights outside of layers. */
  readonly embedding: string;
  readonly norm: string;
  readonly head: string;
  /** Some layer, or the embedding, is trained. */
  readonly hiddenGradient: boolean;
}

const EMBEDDING = "model.embed_tokens.weight";

/** Plans a pass over the weights named in `parameters`, of which `trainable` get a gradient. */
export const planLayers = (
  config: ModelConfig,
  parameters: Readonly<Record<string, readonly number[]>>,
  trainable: readonly string[],
): LayerPlan => {
  const trained = new Set(trainable);
  const prefixOf = (layer: number) => `model.layers.${layer}.`;
  const ofLayer: [string, readonly number[]][][] = Array.from({ length: config.layers }, () => []);
  for (const entry of Object.entries(parameters)) {
    const layer = /^model\.layers\.(\d+)\./.exec(entry[0])?.[1];
    if (layer !== undefined) ofLayer[Number(layer)]?.push(entry);
  }
  let below = trained.has(EMBEDDING);
  const layers = ofLayer.map((entries, layer): PlannedLayer => {
    const local = (name: string) => `${LAYER}.${name.slice(prefixOf(layer).length)}`;
    const own = entries.filter(([name]) => trained.has(name)).map(([name]) => local(name));
    const inputGradient = below;
    below ||= own.length > 0;
    return {
      kind: {
        attention: config.attentionTypes[layer] ?? "full",
        parameters: Object.fromEntries(entries.map(([name, shape]) => [local(name), shape])),
        trainable: own,
      },
      names: Object.fromEntries(entries.map(([name]) => [local(name), name])),
      backward: below,
      inputGradient,
    };
  });
  return {
    layers,
    embedding: EMBEDDING,
    norm: "model.norm.weight",
    head: config.tiedEmbeddings ? EMBEDDING : "lm_head.weight",
    hiddenGradient: below,
  };
};
