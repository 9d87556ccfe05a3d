/** Cuts a sample down to what one reward declared: its columns under its own names, and the inputs that it names. */
import type { Message, ReadKey, SampleInputs } from "../reward.js";
import { projectRow } from "./columns.js";
import type { CallSample } from "./invoke.js";
import { failure, nameSample, type Outcome } from "./outcome.js";
import type { PlannedReward } from "./plan.js";
import type { ScorerSample } from "./types.js";

export interface IndexedSample {
  readonly index: number;
  readonly sample: ScorerSample;
}

export type Cut =
  | { readonly ok: true; readonly sample: CallSample }
  | { readonly ok: false; readonly outcome: Outcome };

const noInputs: CallSample["inputs"] = Object.freeze({});

/** Makes the function that cuts samples for one reward. Samples of one row share the object with their columns. */
export function createSampleCutter({
  bound,
  declared,
}: Pick<PlannedReward, "bound" | "declared">): (entry: IndexedSample, step: number) => Cut {
  const rows = new WeakMap<object, CallSample["columns"]>();
  const columnsOf = (row: ScorerSample["row"]) => {
    const known = rows.get(row);
    if (known) return known;
    const columns = projectRow(row, declared, bound.columns);
    rows.set(row, columns);
    return columns;
  };
  return ({ index, sample }, step) => {
    const { groupId, completion, row } = sample;
    const identity = { index, groupId };
    const inputs: [ReadKey, SampleInputs[ReadKey]][] = [];
    for (const key of bound.reward.reads) {
      const input = readInput(sample, key, step);
      if (input === undefined) {
        const message = `Reward "${bound.label}" reads "${key}", which ${nameSample(identity)} does not have.`;
        return { ok: false, outcome: failure(message) };
      }
      inputs.push([key, input]);
    }
    for (const key of bound.reward.readsIfPresent) {
      const input = readInput(sample, key, step);
      if (input !== undefined) inputs.push([key, input]);
    }
    return {
      ok: true,
      sample: {
        index,
        groupId,
        completion,
        columns: columnsOf(row),
        inputs: inputs.length === 0 ? noInputs : Object.fromEntries(inputs),
      },
    };
  };
}

function readInput(sample: ScorerSample, key: ReadKey, step: number): SampleInputs[ReadKey] | undefined {
  switch (key) {
    case "step":
      return step;
    case "messages":
      return sample.messages ?? (sample.prompt === undefined ? undefined : asUserMessage(sample.prompt));
    case "prompt":
      return sample.prompt;
    case "tokenIds":
      return sample.tokenIds;
    case "finishReason":
      return sample.finishReason;
  }
}

function asUserMessage(content: string): readonly Message[] {
  return [{ role: "user", content }];
}
