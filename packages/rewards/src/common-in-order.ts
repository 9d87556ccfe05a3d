// The longest common subsequence of two lists, of which ROUGE-L and ordered lists are made (Wagner and Fischer, 1974).

/**
 * How many items both lists have in the same order, with others between them or not. Takes time in the product of the
 * lengths and memory in the second's: bound both.
 */
export function commonInOrder(first: readonly string[], second: readonly string[]): number {
  const ids = new Map<string, number>();
  for (const item of second) if (!ids.has(item)) ids.set(item, ids.size);
  const columns = Int32Array.from(second, (item) => ids.get(item) ?? -1);
  // lengths[j] is that of the first i items and the first j of the second list; row by row over i.
  const lengths = new Int32Array(second.length + 1);
  for (const item of first) {
    const id = ids.get(item);
    if (id === undefined) continue;
    let diagonal = 0;
    let left = 0;
    for (let column = 1; column <= columns.length; column++) {
      const above = lengths[column] as number;
      if (columns[column - 1] === id) left = diagonal + 1;
      else if (above > left) left = above;
      lengths[column] = left;
      diagonal = above;
    }
  }
  return lengths[second.length] as number;
}
