/** One figure of the benchmark, with the bar that it should meet where there is one. */
export interface Measurement {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly atMost?: number;
  readonly atLeast?: number;
}

/** Whether a figure meets its bar; null where it has none. */
export const meetsBar = ({ value, atMost, atLeast }: Measurement): boolean | null => {
  if (atMost === undefined && atLeast === undefined) return null;
  return value <= (atMost ?? Infinity) && value >= (atLeast ?? -Infinity);
};

const barOf = ({ atMost, atLeast }: Measurement): string => {
  if (atMost !== undefined) return `<= ${atMost}`;
  return atLeast === undefined ? "" : `>= ${atLeast}`;
};

/** Figures as an aligned table. */
export const tableOf = (measurements: readonly Measurement[]): string => {
  const rows = measurements.map((each) => {
    const met = meetsBar(each);
    const digits = Math.abs(each.value) >= 100 ? 0 : 3;
    return [
      each.name,
      `${each.value.toFixed(digits)} ${each.unit}`,
      barOf(each),
      met === null ? "" : met ? "met" : "MISSED",
    ];
  });
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
};
