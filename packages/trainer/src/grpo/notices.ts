/** What a run says when it first happens: most of it once, of a sampler that drifts again every hundred steps. */
import type { TrainEvent } from "../run/events.js";
import type { Abstentions } from "./scoring-metrics.js";

/** A loss that prints as 0 with four digits. */
const PRINTS_AS_ZERO = 5e-5;

/** Mean difference of log-probabilities, and share of a batch that is dropped, above which sampling is too far off. */
const MOST_DRIFT = 0.05;
const MOST_DROPPED = 0.05;

/** A drift that goes on is told again after so many steps. */
const STEPS_BETWEEN_WARNINGS = 100;

/** A reason, which is anyone's text, as the end of a sentence. */
const asClause = (reason: string): string => {
  const line = reason.slice(0, 201).replaceAll(/\s+/g, " ").trim();
  return reason.length > 200 ? `${line.slice(0, 199)}…` : line.replace(/\.$/, "");
};

/** Sentences about a step at which something surprising, or worrying, is seen. */
export interface Notices {
  /** Explains a loss of 0, the most repeated confusion about GRPO, and says where a step could teach nothing. */
  learning(step: number, metrics: Readonly<Record<string, number | null>>): void;
  /** Warns of completions without a score. `share` is a fraction of the batch. */
  unscored(share: number, step: number): void;
  /** Warns of rewards that abstain, of each once. `rows` is how many rows of the dataset the batch has. */
  abstained(abstentions: readonly Abstentions[], rows: number, step: number): void;
  /** Warns where the sampler and the training pass disagree: `sampling/…` metrics of a batch. Again while it lasts. */
  drift(step: number, metrics: Readonly<Record<string, number>>): void;
  /** Topics that were spoken of, for a checkpoint. */
  said(): readonly string[];
}

/**
 * Each notice is emitted at most once, that of a drift once in {@link STEPS_BETWEEN_WARNINGS} steps.
 * @param earlier topics that the run spoke of before it was interrupted.
 */
export const createNotices = (emit: (event: TrainEvent) => void, earlier: readonly string[] = []): Notices => {
  const said = new Set(earlier);
  const once = (topic: string, event: TrainEvent): void => {
    if (said.has(topic)) return;
    said.add(topic);
    emit(event);
  };
  return {
    said: () => [...said],
    learning(step, { loss = null, frac_reward_zero_std: sameRewards = null }) {
      if (sameRewards === 1) {
        once("same rewards", {
          type: "note",
          message:
            `In step ${step} all completions of each prompt got the same reward, so there was nothing to compare and ` +
            "nothing to learn. If this goes on, choose harder or easier prompts, finer rewards or more generations.",
        });
      } else if (loss !== null && Math.abs(loss) < PRINTS_AS_ZERO) {
        once("loss", {
          type: "note",
          message:
            "The loss prints as 0, and that is right: before the first update of a batch the ratio of new to old " +
            "probabilities is 1, and a group's advantages have mean 0. Watch the rewards and grad_norm instead.",
        });
      }
    },
    drift(step, metrics) {
      const drift = metrics["sampling/sampling_logp_difference/mean"] ?? 0;
      const dropped = metrics["sampling/dropped_fraction"] ?? 0;
      if (drift <= MOST_DRIFT && dropped <= MOST_DROPPED) return;
      once(`drift ${Math.floor(step / STEPS_BETWEEN_WARNINGS)}`, {
        type: "warning",
        message:
          `Step ${step}: the sampler's log-probabilities differ from the training pass's by ${drift.toFixed(3)} on ` +
          `average, and the importance correction dropped ${(dropped * 100).toFixed(1)} % of the batch. Where this ` +
          "goes on, sample in float32 (rollout.precision), or limit instead of dropping (importanceSamplingMode: " +
          "token_truncate).",
      });
    },
    abstained(abstentions, rows, step) {
      for (const { reward, completions, rows: concerned, firstReason } of abstentions) {
        const why = firstReason === undefined ? "." : `; of the first it said: ${asClause(firstReason)}.`;
        once(`abstained ${reward}`, {
          type: "warning",
          message:
            `The reward "${reward}" abstained on ${completions} of the completions of step ${step}, on ${concerned} of ` +
            `its ${rows} ${rows === 1 ? "row" : "rows"}${why} They are left out of its mean and add nothing to the ` +
            `total. metrics.jsonl counts them under rewards/${reward}/abstained.`,
        });
      }
    },
    unscored(share, step) {
      if (share === 0) return;
      once("unscored", {
        type: "warning",
        message:
          `${(share * 100).toFixed(1)} % of the completions of step ${step} have no score (every reward abstained, ` +
          "or one failed); their advantage is 0. metrics.jsonl counts them under rewards/unscored.",
      });
    },
  };
};
