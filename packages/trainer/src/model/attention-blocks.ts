// Causal attention of long sequences block by block, forward and backward, so that the scores of all queries and keys
// never exist at once. After FlashAttention (Dao et al., 2022), at the level of a graph's operators.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { attend, attentionGradient, positionBias } from "./attention.js";

/** What tells which query may see which key. Keys come in the order of their positions, a query's own among the last. */
export interface AttentionPositions {
  /** float32 [rows, queries] */
  readonly queries: Tensor;
  /** float32 [rows, keys] */
  readonly keys: Tensor;
  /** Keys that a query sees at most, its own included. */
  readonly window: number | null;
}

/** Some queries of one row, with the keys that they may see. */
interface Block {
  readonly row: number;
  readonly start: number;
  readonly count: number;
  readonly keys: number;
}

/** Blocks whose scores take at most `bytes`, as far as one query's do. */
function cutBlocks(query: Tensor, keys: number, bytes: number): Block[] {
  const [rows, heads, queries] = query.shape as [number, number, number];
  const most = Math.max(1, Math.min(queries, Math.floor(bytes / (4 * heads * keys))));
  const size = Math.ceil(queries / Math.ceil(queries / most));
  const blocks: Block[] = [];
  for (let row = 0; row < rows; row++) {
    for (let start = 0; start < queries; start += size) {
      const count = Math.min(size, queries - start);
      // The last query sees every key; those before it lack as many as they are before it.
      blocks.push({ row, start, count, keys: keys - (queries - start - count) });
    }
  }
  return blocks;
}

/** True where `attendInBlocks` should take the place of `attend`: the scores are larger than `bytes`. */
export function needsBlocks(query: Tensor, key: Tensor, bytes: number): boolean {
  const [rows, heads, queries] = query.shape as [number, number, number];
  return 4 * rows * heads * queries * (key.shape[2] as number) > bytes;
}

const cut = (x: Tensor, { row, start, count }: Block): Tensor =>
  tf.slice(x, [row, 0, start, 0], [1, x.shape[1] as number, count, x.shape[3] as number]);

const cutKeys = (x: Tensor, { row, keys }: Block): Tensor =>
  tf.slice(x, [row, 0, 0, 0], [1, x.shape[1] as number, keys, x.shape[3] as number]);

function biasOf({ queries, keys, window }: AttentionPositions, block: Block): Tensor {
  const query = tf.slice(queries, [block.row, block.start], [1, block.count]);
  return positionBias(query, tf.slice(keys, [block.row, 0], [1, block.keys]), window);
}

/**
 * Attention of `query` [rows, heads, queries, d] to `key` and `value` [rows, keyValueHeads, keys, d], whose last
 * `queries` keys are the queries' own tokens; returns [rows, heads, queries, d]. No block's scores take more than
 * `bytes`. The backward pass computes them again: compile with `recompute`, or a runtime keeps them all.
 */
export function attendInBlocks(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  positions: AttentionPositions,
  scale: number,
  bytes: number,
): Tensor {
  const [rows, heads, queries, width] = query.shape as [number, number, number, number];
  const [, keyValueHeads, keys] = key.shape as [number, number, number];
  const blocks = cutBlocks(query, keys, bytes);
  const perRow = blocks.length / rows;
  const folded = (x: Tensor, count: number) => tf.reshape(x, [1, keyValueHeads, (heads / keyValueHeads) * count, -1]);

  /** Gradients of one block, flat and joined, so that they are computed together and its scores freed. */
  const blockGradient = (
    block: Block,
    kept: AttentionPositions,
    [q, k, v, mixed]: readonly [Tensor, Tensor, Tensor, Tensor],
    dy: Tensor,
  ): Tensor => {
    const { count } = block;
    const [blockKeys, blockValues] = [cutKeys(k, block), cutKeys(v, block)];
    const blockQueries = folded(tf.mul(cut(q, block), scale), count);
    const scores = tf.reshape(tf.matMul(blockQueries, blockKeys, false, true), [1, heads, count, block.keys]);
    const weights = folded(tf.softmax(tf.add(scores, biasOf(kept, block)), -1), count);
    const { dQuery, dKey, dValue } = attentionGradient(
      [blockQueries, blockKeys, blockValues, weights, folded(cut(mixed, block), count)],
      folded(cut(dy, block), count),
      scale,
    );
    return tf.concat([tf.reshape(dQuery, [-1]), tf.reshape(dKey, [-1]), tf.reshape(dValue, [-1])]);
  };

  return tf.customGrad((...args: unknown[]) => {
    const [q, k, v, save] = args as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const parts = blocks.map((block) =>
      attend(cut(q, block), cutKeys(k, block), cutKeys(v, block), biasOf(positions, block), scale),
    );
    const mixed = joinRows(parts, perRow);
    // Positions too: a program may have computed them, and they are read again on the way back.
    save([q, k, v, mixed, positions.queries, positions.keys]);
    return {
      value: mixed,
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [queryTokens, keyTokens] = saved.slice(4) as [Tensor, Tensor];
        const kept = { ...positions, queries: queryTokens, keys: keyTokens };
        const gradients = blocks.map((block) => {
          const joined = blockGradient(block, kept, saved.slice(0, 4) as [Tensor, Tensor, Tensor, Tensor], dy);
          const [ofQueries, ofKeys] = [heads * block.count * width, keyValueHeads * block.keys * width];
          const [dQuery, dKey, dValue] = tf.split(joined, [ofQueries, ofKeys, ofKeys]) as [Tensor, Tensor, Tensor];
          const whole = (x: Tensor) =>
            tf.pad(tf.reshape(x, [1, keyValueHeads, block.keys, width]), [
              [0, 0],
              [0, 0],
              [0, keys - block.keys],
              [0, 0],
            ]);
          return [tf.reshape(dQuery, [1, heads, block.count, width]), whole(dKey), whole(dValue)] as const;
        });
        const summed = (which: 1 | 2) =>
          tf.concat(
            Array.from({ length: rows }, (_, row) =>
              gradients
                .slice(row * perRow, (row + 1) * perRow)
                .map((ofBlock) => ofBlock[which])
                .reduce((a, b) => tf.add(a, b)),
            ),
            0,
          );
        const dQuery = joinRows(
          gradients.map(([part]) => part),
          perRow,
        );
        return [dQuery, summed(1), summed(2)];
      },
    };
  })(query, key, value);

  /** Blocks in the order of rows and queries as one tensor [rows, heads, queries, d]. */
  function joinRows(parts: readonly Tensor[], each: number): Tensor {
    const ofRow = (row: number) => tf.concat(parts.slice(row * each, (row + 1) * each), 2);
    const joined = tf.concat(
      Array.from({ length: rows }, (_, row) => ofRow(row)),
      0,
    );
    return tf.reshape(joined, [rows, heads, queries, width]);
  }
}
