/**
 * Checks and times training on a GPU: `node main.js [--device webgpu] [--only parity,features,memory,bench] [--steps 200]
 * [--bench-steps 3]`. Needs no network, no tokenizer and no model: it makes models of random weights. Ends with the line
 * "N passed, N failed". What it prints can be pasted into the docs.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, platform, release, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { DEVICES, initialize, parseModelConfig, saveModel, type Device } from "@pavlov/trainer";
import { compareFeatures, featureModels } from "./features.js";
import { watchMemory, watchRollouts } from "./flat-memory.js";
import { comparePolicies, type Check } from "./parity.js";
import { timeShape } from "./shape-bench.js";
import { promptsOf } from "./work.js";

const { values: options } = parseArgs({
  options: {
    device: { type: "string", default: "webgpu" },
    only: { type: "string", default: "parity,features,memory,bench" },
    steps: { type: "string", default: "200" },
    "bench-steps": { type: "string", default: "3" },
  },
});
const device = options.device as Device;
const wanted = options.only.split(",");
if (!DEVICES.includes(device)) throw new Error(`--device is ${device}; it must be one of ${DEVICES.join(", ")}.`);

const folder = await mkdtemp(join(tmpdir(), "pavlov-gpu-"));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** A Llama of random weights in a folder. */
const makeModel = async (name: string, sizes: Readonly<Record<string, unknown>>): Promise<string> => {
  const configJson = {
    model_type: "llama",
    rms_norm_eps: 1e-5,
    rope_parameters: { rope_type: "default", rope_theta: 10_000 },
    tie_word_embeddings: true,
    eos_token_id: 2,
    pad_token_id: 0,
    ...sizes,
  };
  const path = join(folder, name);
  await saveModel(path, { parameters: initialize(parseModelConfig(configJson), 1), configJson });
  return path;
};

const tiny = {
  vocab_size: 300,
  hidden_size: 16,
  intermediate_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  max_position_embeddings: 128,
  initializer_range: 0.3,
};

/** SmolLM2-135M's. */
const smollm2 = {
  vocab_size: 49_152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  max_position_embeddings: 8192,
  initializer_range: 0.04,
};

const checks: Check[] = [];
const note = (check: Check): void => {
  checks.push(check);
  say(`${check.passed ? "ok    " : "FAILED"} ${check.name}: ${check.detail}`);
};

say(
  `Node ${process.versions.node}, ${platform()} ${release()} ${process.arch}, ${cpus()[0]?.model.trim()} x ${cpus().length}`,
);
try {
  if (wanted.includes("parity")) {
    const batch = { prompts: promptsOf(2, 6, tiny.vocab_size), numGenerations: 3, maxCompletionLength: 8, stops: true };
    const model = await makeModel("tiny", tiny);
    for (const pass of ["whole", "layered"] as const) {
      for (const check of await comparePolicies(model, device, batch, pass)) note(check);
    }
  }
  if (wanted.includes("features")) {
    const made = new Map<string, Promise<string>>();
    const modelOf = (name: string): Promise<string> => {
      const kind = { ...tiny, vocab_size: 32, ...featureModels[name] };
      const known = made.get(name) ?? makeModel(name, { ...kind, head_dim: 8 });
      made.set(name, known);
      return known;
    };
    await compareFeatures(device, modelOf, note);
  }
  if (wanted.includes("memory")) {
    const model = await makeModel("smallest", { ...tiny, vocab_size: 24, num_hidden_layers: 1 });
    const batch = { prompts: promptsOf(1, 3, 24), numGenerations: 2, maxCompletionLength: 3, stops: true };
    note(await watchMemory(model, device, batch, Number(options.steps), say));
    if (device === "webgpu") {
      const wide = { vocab_size: 24, hidden_size: 256, intermediate_size: 2048, num_hidden_layers: 1 };
      const larger = await makeModel("larger", { ...tiny, ...wide });
      note(await watchRollouts(larger, device, { ...batch, maxCompletionLength: 2 }, 28));
    }
  }
  if (wanted.includes("bench")) {
    const model = await makeModel("smollm2-shape", smollm2);
    for (const numGenerations of [8, 32]) {
      const batch = {
        prompts: promptsOf(1, 96, smollm2.vocab_size),
        numGenerations,
        maxCompletionLength: 64,
        stops: false,
      };
      const figures = await timeShape(model, device, batch, Number(options["bench-steps"]), join(folder, "saved"));
      await rm(join(folder, "saved"), { recursive: true });
      say(JSON.stringify(figures));
    }
  }
} catch (error) {
  note({
    name: "the check",
    passed: false,
    detail: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
} finally {
  await rm(folder, { recursive: true, force: true });
}
const failed = checks.filter(({ passed }) => !passed).length;
say(`${checks.length - failed} passed, ${failed} failed`);
// At once: a device's threads would keep the process.
process.exit(failed > 0 ? 1 : 0);
