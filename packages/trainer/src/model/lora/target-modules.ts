// Which projections of a model an adapter goes beside, and the names and shapes of its weights. Names are matched as
// PEFT's `check_target_module_exists` does: a whole name, or the end of one after a dot.
import { PavlovError, suggestion } from "@pavlov/core";
import type { ModelConfig } from "../config.js";
import { linearNames } from "../linear.js";
import { parameterShapes } from "../parameters.js";
import type { NewLora } from "./settings.js";

/** Shape of a projection's weight. */
export type ProjectionShape = readonly [outputs: number, inputs: number];

const projectionName = /^(.*\.(?:self_attn|mlp)\.\w+_proj)\.weight$/;

/** All projections of a model's layers by name (`model.layers.0.self_attn.q_proj`), first layer first. */
export function projectionShapes(config: ModelConfig): Record<string, ProjectionShape> {
  const projections: Record<string, ProjectionShape> = {};
  for (const [weight, shape] of Object.entries(parameterShapes(config))) {
    const [, name] = projectionName.exec(weight) ?? [];
    if (name !== undefined) projections[name] = shape as ProjectionShape;
  }
  return projections;
}

/** `q_proj` of `model.layers.0.self_attn.q_proj`. */
export const shortName = (projection: string): string => projection.slice(projection.lastIndexOf(".") + 1);

/**
 * The projections that an adapter goes beside, first layer first. `all-linear` is every one but the output head, as in
 * PEFT.
 * @throws PavlovError for a name that no projection has; it lists what there is.
 */
export function resolveTargets(config: ModelConfig, targets: NewLora["targetModules"]): readonly string[] {
  const projections = Object.keys(projectionShapes(config));
  if (targets === "all-linear") return projections;
  for (const target of targets) {
    if (projections.some((name) => matches(name, target))) continue;
    const known = [...new Set(projections.map(shortName))];
    throw new PavlovError(
      `The model has no projection "${target}" for LoRA's targetModules.${suggestion(target, [...known, ...projections])}`,
      {
        hint: `It has ${known.join(", ")} in each of its ${config.layers} layers (${projections[0]}, …); all-linear takes all of them.`,
      },
    );
  }
  return projections.filter((name) => targets.some((target) => matches(name, target)));
}

const matches = (projection: string, target: string): boolean =>
  projection === target || projection.endsWith(`.${target}`);

/**
 * The shortest `target_modules` that name exactly these projections: `[q_proj, v_proj]` where all layers have them,
 * else whole names.
 */
export function shortestTargets(config: ModelConfig, projections: readonly string[]): readonly string[] {
  const short = [...new Set(projections.map(shortName))];
  return resolveTargets(config, short).length === projections.length ? short : projections;
}

/** Names and shapes of an adapter's weights beside some projections: A [rank, inputs], then B [outputs, rank]. */
export function adapterShapes(
  config: ModelConfig,
  projections: readonly string[],
  rank: number,
): Record<string, readonly number[]> {
  const all = projectionShapes(config);
  const shapes: Record<string, readonly number[]> = {};
  for (const name of projections) {
    const [outputs, inputs] = all[name] as ProjectionShape;
    shapes[linearNames.loraA(name)] = [rank, inputs];
    shapes[linearNames.loraB(name)] = [outputs, rank];
  }
  return shapes;
}

/** Names and shapes of a model's weights with an adapter's beside the projections that it adapts. */
export function adaptedShapes(
  config: ModelConfig,
  adapter: Readonly<Record<string, readonly number[]>>,
): Record<string, readonly number[]> {
  const shapes: Record<string, readonly number[]> = {};
  for (const [name, shape] of Object.entries(parameterShapes(config))) {
    shapes[name] = shape;
    const projection = name.replace(/\.weight$/, "");
    for (const part of [linearNames.loraA(projection), linearNames.loraB(projection)]) {
      const added = adapter[part];
      if (added) shapes[part] = added;
    }
  }
  return shapes;
}
