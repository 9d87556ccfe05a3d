// Models and adapters as Pavlov writes them, after two steps of supervised training: whole, in shards, in BF16, as an
// adapter, and as an adapter merged into its base.
import type { Dataset } from "@pavlov/core";
import { loadModel, mergeAdapterFolder, saveModel, SFTTrainer } from "@pavlov/trainer";
import { join } from "node:path";

/** A folder that Pavlov wrote. */
export interface WrittenFolder {
  readonly what: string;
  readonly kind: "model" | "adapter";
  readonly folder: string;
  /** The model that training began with. */
  readonly source: string;
}

const demonstrations: readonly (readonly [prompt: string, completion: string])[] = [
  ["531-261=", "270"],
  ["132+462=", "594"],
  ["707+208=", "915"],
  ["999-111=", "888"],
];

const dataset: Dataset = {
  name: "demonstrations",
  columnNames: ["prompt", "completion"],
  rows: demonstrations.map(([prompt, completion], index) => ({
    ...{ prompt, completion },
    columns: { prompt, completion },
    location: { file: "demonstrations", line: index + 1 },
  })),
};

/** Trains `model` in several ways. The folders lie below `place`. */
export async function trainedFolders(model: string, place: string): Promise<readonly WrittenFolder[]> {
  const whole = await train(model, join(place, "whole"), {});
  const { parameters } = await loadModel(whole);
  const bytes = Object.values(parameters).reduce((sum, { data }) => sum + data.byteLength, 0);
  const [sharded, half] = [join(place, "sharded"), join(place, "bfloat16")];
  await saveModel(sharded, { parameters, source: whole, maxShardSize: Math.ceil(bytes / 3) });
  await saveModel(half, { parameters, source: whole, type: "BF16" });

  const adapter = await train(model, join(place, "adapter"), { lora: { rank: 4, alpha: 8 } });
  const targets = ["q_proj", "model.layers.0.mlp.down_proj"];
  const lora = { rank: 6, alpha: 3, targetModules: targets, useRslora: true, initLoraWeights: "gaussian" } as const;
  const partly = await train(model, join(place, "partly"), { lora });
  const again = await train(model, join(place, "again"), {}, adapter);
  const merged = join(place, "merged");
  await mergeAdapterFolder({ adapter, output: merged });
  const written = [
    { what: "all weights trained, F32", kind: "model" as const, folder: whole },
    { what: "the same in shards", kind: "model" as const, folder: sharded },
    { what: "the same in BF16", kind: "model" as const, folder: half },
    { what: "adapter of all projections", kind: "adapter" as const, folder: adapter },
    { what: "adapter of some projections, rank-stabilized", kind: "adapter" as const, folder: partly },
    { what: "adapter trained on", kind: "adapter" as const, folder: again },
    { what: "adapter merged into its base", kind: "model" as const, folder: merged },
  ];
  return written.map((each) => ({ ...each, source: model }));
}

async function train(
  model: string,
  output: string,
  config: NonNullable<ConstructorParameters<typeof SFTTrainer>[0]["config"]>,
  adapter?: string,
): Promise<string> {
  const trainer = new SFTTrainer({
    model,
    dataset,
    output,
    ...(adapter === undefined ? {} : { adapter }),
    // A rate at which two steps change every number that is compared.
    config: { learningRate: 1e-2, maxSteps: 2, perDeviceTrainBatchSize: 2, ...config },
  });
  const { model: trained } = await trainer.train();
  if (trained === null) throw new Error(`The training in ${output} wrote nothing.`);
  return trained;
}
