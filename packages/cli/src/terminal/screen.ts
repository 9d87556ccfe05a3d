/**
 * Where the command line writes: results and progress on standard output, errors and warnings on standard error. On a
 * terminal the last line is live: it is erased before anything else is printed and drawn again after it.
 */
import { chooseColors, type Colors } from "./colors.js";

/** Between two drawings of the live line, in milliseconds. */
const FRAME = 80;
const ERASE_LINE = "\r\u001b[2K";
const HIDE_CURSOR = "\u001b[?25l";
const SHOW_CURSOR = "\u001b[?25h";

export interface Screen {
  readonly colors: Colors;
  readonly errorColors: Colors;
  /** Whether a live line can be drawn. */
  readonly isLive: boolean;
  /** Columns of the terminal; 100 where there is none. */
  width(): number;
  /** Prints a line on standard output. */
  print(line?: string): void;
  /** Prints a line on standard error. */
  complain(line: string): void;
  /** Draws the live line, now or with the next frame. `line` is called when it is drawn. */
  live(line: () => string): void;
  /** Erases the live line and gives the cursor back. */
  settle(): void;
  /** Resolves when everything that was printed has left this process. */
  flush(): Promise<void>;
}

export interface ScreenOptions {
  /** False for `--no-color`. */
  readonly color: boolean;
  /**
   * True where standard output is for programs: what else is written there, by a reward or its worker thread, goes to
   * standard error.
   */
  readonly exclusive: boolean;
  /** Called once when whoever read standard output has gone away. */
  readonly onClosed: () => void;
}

/** The process's own screen. */
export function openScreen({ color, exclusive, onClosed }: ScreenOptions): Screen {
  const { stdout, stderr, env } = process;
  const writeOutput = stdout.write.bind(stdout);
  // Worker threads' output is piped into this very method, as is the console's.
  if (exclusive) {
    stdout.write = stderr.write.bind(stderr);
    stderr.on("drain", () => stdout.emit("drain"));
  }
  let closed = false;
  let line: (() => string) | undefined;
  let drawn = false;
  let timer: NodeJS.Timeout | undefined;

  const ignoreClosedPipe = (isOutput: boolean) => (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
    if (!isOutput || closed) return;
    closed = true;
    onClosed();
  };
  stdout.on("error", ignoreClosedPipe(true));
  stderr.on("error", ignoreClosedPipe(false));

  const isLive = stdout.isTTY && env["TERM"] !== "dumb" && (env["CI"] ?? "") === "";
  const write = (text: string): void => {
    if (!closed) writeOutput(text);
  };
  const erase = (): void => {
    if (drawn) write(ERASE_LINE);
    drawn = false;
  };
  const draw = (): void => {
    timer = undefined;
    if (!line) return;
    write(`${drawn ? "" : HIDE_CURSOR}${ERASE_LINE}${line()}`);
    drawn = true;
  };
  const drawSoon = (): void => {
    timer ??= setTimeout(draw, FRAME).unref();
  };
  const settle = (): void => {
    clearTimeout(timer);
    timer = undefined;
    line = undefined;
    if (drawn) write(ERASE_LINE + SHOW_CURSOR);
    drawn = false;
  };
  // A process that ends while the line is drawn must not leave the terminal without a cursor.
  process.once("exit", settle);

  return {
    colors: chooseColors({ wanted: color, isTerminal: stdout.isTTY, environment: env }),
    errorColors: chooseColors({ wanted: color, isTerminal: stderr.isTTY, environment: env }),
    isLive,
    // The last column stays free: a terminal that has filled it may already have moved to the next line.
    width: () => (stdout.isTTY ? Math.max(20, stdout.columns - 1) : 100),
    print: (text = "") => {
      erase();
      write(`${text}\n`);
      if (line) drawSoon();
    },
    complain: (text) => {
      erase();
      stderr.write(`${text}\n`);
      if (line) drawSoon();
    },
    live: (next) => {
      if (!isLive) return;
      line = next;
      drawSoon();
    },
    settle,
    flush: () => (closed ? Promise.resolve() : new Promise((resolve) => writeOutput("", () => resolve()))),
  };
}
