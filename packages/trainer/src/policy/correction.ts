/** The importance correction of rows whose old log-probabilities are those that a training pass has just computed. */
import { importanceSampling } from "../grpo/importance-sampling.js";
import type { ImportanceSamplingOptions } from "../grpo/importance-sampling.js";
import type { TokenRow } from "./protocol.js";

/**
 * The rows with the factor of each token's loss. `logProbabilities` are the training pass's, one array for each row.
 * @throws Error where a row lacks the sampler's log-probabilities.
 */
export const withCorrection = (
  rows: readonly TokenRow[],
  logProbabilities: readonly Float32Array[],
  correction: ImportanceSamplingOptions,
): TokenRow[] => {
  const { ratios } = importanceSampling(
    rows.map(({ completionIds, masked, samplingLogProbabilities }, row) => {
      if (!samplingLogProbabilities) throw new Error(`Row ${row} has no samplingLogProbabilities to correct for.`);
      return {
        oldLogProbabilities: logProbabilities[row] as Float32Array,
        samplingLogProbabilities,
        mask: new Float32Array(completionIds.length).fill(masked === true ? 0 : 1),
      };
    }),
    correction,
  );
  return rows.map((row, index) => ({ ...row, importanceRatio: ratios[index] as Float32Array }));
};
