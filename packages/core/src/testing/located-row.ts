/** A row of a fixture file before it is checked. */

/** A row as read, and where its parts stand. */
export interface LocatedRow {
  readonly value: unknown;
  readonly line: number;
  /** Line and column, from 1, of a key or value of the row; of the nearest there is above it. */
  locate(path: readonly (string | number)[], part: "key" | "value"): { readonly line: number; readonly column: number };
}
