/** Colours where they are wanted: on a terminal, and never against NO_COLOR (https://no-color.org) or `--no-color`. */
import pc from "picocolors";

export type Colors = ReturnType<typeof pc.createColors>;

export interface ColorWish {
  /** False for `--no-color`. */
  readonly wanted: boolean;
  readonly isTerminal: boolean;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** Colour functions, or functions that change nothing. `FORCE_COLOR` colours a pipe as well. */
export function chooseColors({ wanted, isTerminal, environment }: ColorWish): Colors {
  const forced = !["", "0", undefined].includes(environment["FORCE_COLOR"]);
  const refused = (environment["NO_COLOR"] ?? "") !== "" || environment["TERM"] === "dumb";
  return pc.createColors(wanted && !refused && (isTerminal || forced));
}
