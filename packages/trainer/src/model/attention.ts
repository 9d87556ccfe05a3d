// Causal attention with grouped query heads, for training and prefill (all tokens at once) and for decoding (one new
// token against a cache). Query heads are folded into rows, so keys and values are never repeated.
import * as tf from "@tensorflow/tfjs";
import type { Tensor } from "@tensorflow/tfjs";
import { groupedProduct } from "../engine/operators/grouped-product.js";

/** Added to the score of a key that may not be seen. Finite, so that a row without any key gives no NaN. */
export const maskedScore = -1e9;

/**
 * The bias of a causal mask, [rows, 1, tokens, tokens] (or [1, 1, tokens, tokens] without `keyMask`): 0 where a query
 * may see a key, -1e9 elsewhere. `keyMask` is float32 [rows, tokens], 1 for real tokens, 0 for padding. With `window`,
 * a query sees the last `window` keys, its own included. `tokens` is the number of columns.
 */
export function causalBias(tokens: number, keyMask: Tensor, window: number | null): Tensor {
  const visible = new Float32Array(tokens * tokens);
  for (let query = 0; query < tokens; query++) {
    const first = window === null ? 0 : Math.max(0, query - window + 1);
    visible.fill(1, query * tokens + first, query * tokens + query + 1);
  }
  const allowed = tf.mul(tf.tensor(visible, [1, 1, tokens, tokens]), tf.reshape(keyMask, [-1, 1, 1, tokens]));
  return tf.mul(tf.sub(1, allowed), maskedScore);
}

/**
 * The bias of a causal mask from positions: 0 where a key's position is at most the query's (and with `window` within
 * the last `window`), -1e9 elsewhere. `queries` float32 [rows, queries], `keys` float32 [rows, keys]; a key that no
 * query may see has a position beyond all of them. Returns [rows, 1, queries, keys].
 */
export function positionBias(queries: Tensor, keys: Tensor, window: number | null): Tensor {
  const query = tf.reshape(queries, [queries.shape[0] as number, 1, -1, 1]);
  const key = tf.reshape(keys, [keys.shape[0] as number, 1, 1, -1]);
  const later = tf.greater(key, query);
  const hidden = window === null ? later : tf.logicalOr(later, tf.lessEqual(key, tf.sub(query, window)));
  return tf.mul(tf.cast(hidden, "float32"), maskedScore);
}

/**
 * Attention of many tokens at once. `query` [rows, heads, queries, d], `key` and `value` [rows, keyValueHeads, keys,
 * d], `bias` broadcast to [rows, heads, queries, keys], which gets no gradient. Returns [rows, heads, queries, d].
 *
 * The gradient is written out: the softmax's share that all keys of a query have in common, sum(weights · dWeights), is
 * dy · y (Dao et al., 2022), a sum over d rather than over keys.
 */
export function attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor, scale: number): Tensor {
  const [rows, heads, queries, width] = query.shape as [number, number, number, number];
  const [, keyValueHeads, keys] = key.shape as [number, number, number];
  const folded = (x: Tensor) => tf.reshape(x, [rows, keyValueHeads, (heads / keyValueHeads) * queries, -1]);
  const attention = tf.customGrad((...args: unknown[]) => {
    const [q, k, v, save] = args as [Tensor, Tensor, Tensor, (tensors: Tensor[]) => void];
    const scaled = folded(tf.mul(q, scale));
    const scores = tf.reshape(tf.matMul(scaled, k, false, true), [rows, heads, queries, keys]);
    const weights = folded(tf.softmax(tf.add(scores, bias), -1));
    const mixed = tf.matMul(weights, v);
    save([scaled, k, v, weights, mixed]);
    return {
      value: tf.reshape(mixed, [rows, heads, queries, width]),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const { dQuery, dKey, dValue } = attentionGradient(saved as SavedAttention, folded(dy), scale);
        return [tf.reshape(dQuery, query.shape), dKey, dValue];
      },
    };
  });
  return attention(query, key, value);
}

/**
 * What the gradient of attention reads, query heads folded into rows: scaled queries [rows, keyValueHeads, queries, d],
 * keys, values, weights [rows, keyValueHeads, queries, keys] and the result.
 */
export type SavedAttention = [scaled: Tensor, key: Tensor, value: Tensor, weights: Tensor, mixed: Tensor];

/** The gradient of attention from `dy`, shaped as its result; that of queries before they were scaled. */
export function attentionGradient([scaled, key, value, weights, mixed]: SavedAttention, dy: Tensor, scale: number) {
  const common = tf.sum(tf.mul(dy, mixed), -1, true);
  const dScores = tf.mul(weights, tf.sub(tf.matMul(dy, value, false, true), common));
  return {
    dQuery: tf.mul(tf.matMul(dScores, key), scale),
    dKey: tf.matMul(dScores, scaled, true, false),
    dValue: tf.matMul(weights, dy, true, false),
  };
}

/**
 * Attention of one new token to a cache and to itself, without joining the two in memory. `query` [rows, heads, 1, d],
 * times the attention's scale; `key` and `value` [rows, keyValueHeads, 1, 1, d], `pastKeys` and `pastValues` [rows,
 * keyValueHeads, 1, length, d], `bias` [rows, 1, 1, 1, length]. Returns [rows, heads, 1, d].
 *
 * It has no gradient.
 */
export function attendToCache(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  pastKeys: Tensor,
  pastValues: Tensor,
  bias: Tensor,
): Tensor {
  const [rows, heads, , width] = query.shape as [number, number, number, number];
  const [, keyValueHeads, , length] = pastKeys.shape as [number, number, number, number];
  const byGroup = tf.reshape(query, [rows, keyValueHeads, heads / keyValueHeads, 1, width]);
  const pastScores = tf.add(groupedProduct(byGroup, pastKeys, true), bias);
  const ownScore = groupedProduct(byGroup, key, true);
  const weights = tf.softmax(tf.concat([pastScores, ownScore], -1), -1);
  const [pastWeights, ownWeight] = tf.split(weights, [length, 1], -1) as [Tensor, Tensor];
  const mixed = tf.add(groupedProduct(pastWeights, pastValues, false), tf.mul(ownWeight, value));
  return tf.reshape(mixed, [rows, heads, 1, width]);
}

/**
 * Attention of one new token to a cache that holds its own key and value as well. `query` [rows, heads, 1, d], times the
 * attention's scale; `keys` and `values` [rows, keyValueHeads, 1, length, d], `bias` [rows, 1, 1, 1, length]. Returns
 * [rows, heads, 1, d]. Scores and queries change their axes here, never the cache, which is far larger.
 *
 * It has no gradient.
 */
export function attendInCache(query: Tensor, keys: Tensor, values: Tensor, bias: Tensor): Tensor {
  const [rows, heads, , width] = query.shape as [number, number, number, number];
  const [, keyValueHeads, , length] = keys.shape as [number, number, number, number];
  const group = heads / keyValueHeads;
  const turned = (x: Tensor, [from, to]: readonly [number, number]): Tensor => {
    const matrices = tf.reshape(x, [rows, keyValueHeads, from, to]);
    return group === 1 ? tf.reshape(matrices, [rows, keyValueHeads, to, from]) : tf.transpose(matrices, [0, 1, 3, 2]);
  };
  const inHeads = (x: Tensor): Tensor => tf.reshape(x, [rows, keyValueHeads, length, width]);
  const scores = turned(tf.matMul(inHeads(keys), turned(query, [group, width])), [length, group]);
  const weights = tf.softmax(tf.add(scores, tf.reshape(bias, [rows, 1, 1, length])), -1);
  return tf.reshape(tf.matMul(weights, inHeads(values)), [rows, heads, 1, width]);
}
