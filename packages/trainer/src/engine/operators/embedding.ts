/**
 * Looks up rows of a table, with a gradient that has equal bits whatever the number of threads: rows of equal ids are
 * added up by a matrix product and each row of the table is written once.
 */
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { PavlovError } from "@pavlov/core";

/** A batch's distinct ids, padded with ids that it does not use, and each position's place among them. */
export interface UniqueIds<T> {
  /** int32 `[bucket]`, all different. */
  readonly uniqueIds: T;
  /** int32, one for each id: `uniqueIds[inverse[i]] = ids[i]`. */
  readonly inverse: T;
}

/** The kernel of the recording backend; others scatter with addition, which is right on one thread. */
const scatterKernel = "ScatterDistinctRows";

function scatterDistinctRows(rows: Tensor, ids: Tensor, size: number): Tensor {
  const recorded = tf.getKernel(scatterKernel, tf.getBackend()) as tf.KernelConfig | undefined;
  if (recorded !== undefined) return tf.engine().runKernel(scatterKernel, { rows, ids }, { size });
  return tf.scatterND(ids.expandDims(-1), rows, [size, ...rows.shape.slice(1)]);
}

/**
 * `table[ids]`: `[…ids, width]` of `[vocabulary, width]`.
 *
 * Without `unique` the gradient is a product with a one-hot matrix `[ids, vocabulary]`, fine for small vocabularies;
 * with it (see {@link uniqueIds}) the product has only as many columns as the batch has distinct ids.
 */
export function embedding(table: Tensor, ids: Tensor, unique?: UniqueIds<Tensor>): Tensor {
  const [vocabulary, width] = table.shape as [number, number];
  const look = tf.customGrad((...args: unknown[]) => {
    const [x, save] = args as [Tensor, (tensors: Tensor[]) => void];
    // Saved, so that ids which the program computed are still there on the way back.
    save([unique?.inverse ?? ids, unique?.uniqueIds ?? ids]);
    return {
      value: tf.gather(x, ids),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [places, distinct] = saved as [Tensor, Tensor];
        const hits = tf.oneHot(places.reshape([ids.size]), unique === undefined ? vocabulary : distinct.size);
        const rows = tf.matMul(hits.cast("float32"), dy.reshape([ids.size, width]), true, false);
        return unique === undefined ? rows : scatterDistinctRows(rows, distinct, vocabulary);
      },
    };
  });
  return look(table);
}

/**
 * Finds a batch's distinct ids for {@link embedding}. Their number is rounded up to a multiple of `bucket` (and at most
 * `vocabulary`), so that few different shapes are compiled; the rest are ids that the batch lacks, whose rows get zero.
 */
export function uniqueIds(ids: Int32Array, vocabulary: number, bucket: number): UniqueIds<Int32Array> {
  const places = new Map<number, number>();
  const inverse = ids.map((id) => {
    if (id < 0 || id >= vocabulary) throw new PavlovError(`the id ${id} lies outside of a vocabulary of ${vocabulary}`);
    const place = places.get(id) ?? places.size;
    places.set(id, place);
    return place;
  });
  const size = Math.min(vocabulary, Math.max(1, Math.ceil(places.size / bucket)) * bucket);
  for (let spare = 0; places.size < size; spare += 1) if (!places.has(spare)) places.set(spare, places.size);
  return { uniqueIds: Int32Array.from(places.keys()), inverse };
}
