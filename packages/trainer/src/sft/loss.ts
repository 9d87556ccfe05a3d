/** The loss of supervised training: mean negative log-likelihood of the completion's tokens, as in TRL's SFTTrainer. */
import * as tf from "@tensorflow/tfjs";
import type { Scalar, Tensor } from "@tensorflow/tfjs";

export interface SupervisedLossInputs {
  /** Of the completion's tokens, natural logarithm. [rows, completion] */
  readonly logProbabilities: Tensor;
  /** Nats. [rows, completion] */
  readonly entropies: Tensor;
  /** 1 for tokens that count. [rows, completion] */
  readonly mask: Tensor;
  /** Tokens that count in all micro-batches of this optimizer step. [] */
  readonly itemsInBatch: Tensor;
}

/** The loss of one micro-batch, divided by the tokens of the whole step, so that micro-batches add up. */
export const supervisedLoss = ({
  logProbabilities,
  entropies,
  mask,
  itemsInBatch,
}: SupervisedLossInputs): { readonly loss: Scalar; readonly metrics: Readonly<Record<string, Tensor>> } => {
  const share = (values: Tensor): Tensor => tf.div(tf.sum(tf.mul(values, mask)), itemsInBatch);
  return { loss: tf.neg(share(logProbabilities)) as Scalar, metrics: { entropy: share(entropies) } };
};
