/** The embedding outside of programs: rows looked up and added up by id on the weights' own memory. */

/** Rows `ids` of `table` [vocabulary, width], times `scale`: [ids, width]. */
export const gatherRows = (table: Float32Array, width: number, ids: Int32Array, scale: number): Float32Array => {
  const rows = new Float32Array(ids.length * width);
  ids.forEach((id, index) => rows.set(table.subarray(id * width, (id + 1) * width), index * width));
  if (scale !== 1) for (let index = 0; index < rows.length; index++) rows[index] = (rows[index] as number) * scale;
  return rows;
};

/** Adds `rows` [ids, width], times `scale`, to the rows `ids` of `table` [vocabulary, width], in place. */
export const addRows = (
  table: Float32Array,
  width: number,
  ids: Int32Array,
  rows: Float32Array,
  scale: number,
): void => {
  ids.forEach((id, index) => {
    const [to, from] = [id * width, index * width];
    for (let column = 0; column < width; column++) {
      table[to + column] = (table[to + column] as number) + scale * (rows[from + column] as number);
    }
  });
};
