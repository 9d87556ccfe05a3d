/** A speed as the report tells it. */

/** `0.05 GFLOP/s`, `8.1 GFLOP/s`, `140 GFLOP/s`. */
export const speedText = (speed: number): string =>
  `${speed < 1 ? speed.toPrecision(1) : speed < 10 ? speed.toFixed(1) : Math.round(speed)} GFLOP/s`;
