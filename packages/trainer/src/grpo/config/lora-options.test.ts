import { describe, expect, test } from "vitest";
import { parseOptions } from "../../run/parse-options.js";
import { sftConfigSchema } from "../../sft/config.js";
import { grpoConfigSchema, leftOutReason, type GRPOConfigInput } from "../config.js";
import { newLora } from "./lora-options.js";

const parse = (config: unknown) => parseOptions(grpoConfigSchema, config, "GRPO options");
const lora = (options: unknown) => parse({ lora: options }).lora;

describe("LoRA's options", () => {
  test("are none by default, and TRL's where they are left out", () => {
    expect(parse({}).lora).toBeNull();
    expect(lora({})).toEqual({
      rank: 16,
      alpha: 32,
      dropout: 0,
      targetModules: "all-linear",
      useRslora: false,
      initLoraWeights: true,
    });
    expect(parseOptions(sftConfigSchema, { lora: { rank: 4 } }, "SFT options").lora?.rank).toBe(4);
  });

  test("become what the model is loaded with, and the run's seed", () => {
    const config = lora({ rank: 4, alpha: 4, targetModules: ["q_proj"] });
    expect(newLora(config, 7)).toEqual({
      ...{ rank: 4, alpha: 4, targetModules: ["q_proj"], useRslora: false, initLoraWeights: true },
      seed: 7,
    });
    expect(newLora(null, 7)).toBeNull();
  });

  const refused: [what: string, config: GRPOConfigInput | Record<string, unknown>, message: string][] = [
    ["dropout", { lora: { dropout: 0.05 } }, "dropout must be 0: training and sampling use the same weights"],
    ["a rank of nothing", { lora: { rank: 0 } }, "lora.rank is 0"],
    ["other targets than names", { lora: { targetModules: "q_proj" } }, "lora.targetModules"],
    ["no targets", { lora: { targetModules: [] } }, "name at least one projection, or write all-linear"],
    ["PiSSA", { lora: { initLoraWeights: "pissa" } }, "lora.initLoraWeights"],
    ["PEFT's rank", { lora: { r: 8 } }, "lora.r: it is called rank here: rename it"],
    ["PEFT's alpha", { lora: { lora_alpha: 8 } }, "lora.lora_alpha: it is called alpha here: rename it"],
    ["modules to save", { lora: { modulesToSave: ["lm_head"] } }, "lora.modulesToSave: no whole weights are trained"],
    ["DoRA", { lora: { use_dora: true } }, "lora.use_dora: an adapter is plain LoRA: remove it"],
    ["a misspelled option", { lora: { rnak: 8 } }, "unknown option lora.rnak."],
    ["TRL's place", { peft_config: { r: 8 } }, "peft_config: it is written lora here: rename it"],
    ["TRL's command line", { loraR: 8 }, "loraR: it is written lora.rank here: rename it"],
    [
      "a reference that follows",
      { lora: {}, beta: 0.1, syncRefModel: true },
      "syncRefModel needs a reference of its own",
    ],
  ];
  test.each(refused)("refuse %s", (_, config, message) => {
    expect(() => parse(config)).toThrow(message);
  });

  test("are answered in supervised training too", () => {
    const sft = (config: unknown) => parseOptions(sftConfigSchema, config, "SFT options");
    expect(() => sft({ peftConfig: {} })).toThrow("peftConfig: it is written lora here: rename it");
    expect(() => sft({ lerningRate: 1 })).toThrow('unknown option lerningRate. Did you mean "learningRate"?');
    expect(leftOutReason("lora_target_modules")).toContain("lora.targetModules");
  });
});
