/** What a run tells after a step: its metrics, the completions that are due, and how held-out rows are answered. */
import { remainingSeconds } from "../run/remaining-seconds.js";
import { epochsAfter } from "./batch-arithmetic.js";
import { appliedCoefficient } from "./entropy.js";
import { evaluatePolicy } from "./evaluate-policy.js";
import { evaluationNames } from "./metrics.js";
import { writesCompletions } from "./occasions.js";
import type { Progress, Run } from "./run-state.js";

/** Logs the step that has just ended. Returns its metrics. */
export const reportStep = async (run: Run, progress: Progress): Promise<Record<string, number | null>> => {
  const { config, plan, folder, emit } = run;
  const { step, stepSeconds, window, notices } = progress;
  window.add({ step_time: stepSeconds.at(-1) as number });
  window.set({ num_tokens: progress.tokensSeen, epoch: epochsAfter(plan, step) });
  const metrics = window.take();
  await folder?.appendMetrics({ step, ...metrics });
  if (folder && progress.unwritten && writesCompletions(config, plan, step)) {
    await folder.writeCompletions(step, progress.unwritten);
    progress.unwritten = null;
  }
  emit({
    type: "step",
    step,
    maxSteps: plan.maxSteps,
    metrics,
    tokensPerSecond: progress.tokensPerSecond,
    secondsLeft: remainingSeconds(stepSeconds, plan.maxSteps - step),
  });
  notices.learning(step, metrics);
  return metrics;
};

/** Evaluates the held-out rows, which are due no longer then; an abort ends it without a result. */
export const evaluateRun = async (run: Run, progress: Progress): Promise<void> => {
  const { config, plan, folder, signal, emit } = run;
  const { step } = progress;
  if (!run.evalPrompts) {
    progress.evaluationDue = false;
    return;
  }
  const evaluation = await evaluatePolicy({
    policy: run.policy,
    tokenizer: run.tokenizer,
    scorer: run.scorer,
    prompts: run.evalPrompts,
    config,
    numGenerations: config.numGenerationsEval ?? config.numGenerations,
    step,
    training: {
      config,
      entropyCoefficient: appliedCoefficient(progress.entropy, config),
      ...(run.evaluationRows === undefined ? {} : { maxRows: run.evaluationRows }),
    },
    rollout: run.rollout,
    ...(signal ? { signal } : {}),
    onProgress: (done, total) =>
      emit({ type: "progress", step, maxSteps: plan.maxSteps, phase: "evaluate", done, total }),
  }).catch((error: unknown) => {
    if (signal?.aborted) return null;
    throw error;
  });
  if (!evaluation) return;
  const named = evaluationNames(evaluation.metrics);
  await folder?.appendMetrics({ step, ...named });
  progress.evaluationDue = false;
  emit({ type: "evaluate", step, metrics: named });
};
