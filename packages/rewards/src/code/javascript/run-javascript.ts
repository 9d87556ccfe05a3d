// One run of a JavaScript program in QuickJS: a new runtime and context, a deadline, and nothing of the host inside.
import { type QuickJSWASMModule, Scope } from "quickjs-emscripten-core";
import { badly, type Execution, type Limits, printedTooMuch, ranOutOfTime, type Task } from "../execution.js";
import { createGuest, type Guest, type Host, ProgramError } from "./guest.js";
import { moduleSource } from "./prelude.js";

/** A run, and whether the module is fit for another one: its memory may be in disorder, or large. */
export interface JavaScriptRun {
  readonly execution: Execution;
  readonly usable: boolean;
}

/**
 * Bytes of stack, of the thread's that is far larger and stays taken: recursion ends in an error that the program can
 * catch. A plain function may be as deep as in Node.js, some 13,000 calls.
 */
const STACK = 2 << 20;

/** Bytes of memory that a module may have taken and be kept, of which 16 MB are its first: it never gives any back. */
const MOST_MEMORY = 20 << 20;

/** What QuickJS says of recursion that is too deep; the stack that it took stays taken until the thread ends. */
const OVERFLOW = "Maximum call stack size exceeded";

/** Why a program was stopped, which it cannot catch. */
type Stop = { readonly kind: "time" } | { readonly kind: "output" } | { readonly kind: "exit"; readonly code: number };

/** Runs one program. Blocks the thread, for no longer than the limit and what one built-in function takes beyond. */
export function runJavaScript(quickJs: QuickJSWASMModule, task: Task, limits: Limits): JavaScriptRun {
  let stop: Stop | undefined;
  let size = 0;
  const printed: string[] = [];
  const deadline = performance.now() + limits.timeout;
  const finish = (problem?: string): Execution => {
    if (stop?.kind === "time") return ranOutOfTime(limits);
    if (stop?.kind === "output") return printedTooMuch(task);
    if (stop?.kind === "exit" && stop.code !== 0) return badly(`ended with exit code ${stop.code}`);
    if (stop?.kind === "exit" && task.question !== null) return badly("ended before it returned");
    if (stop === undefined && problem !== undefined) return badly(problem);
    return { ended: "well", output: printed.join("") };
  };

  const print = (text: string) => {
    size += Buffer.byteLength(text);
    if (size > task.outputLimit) stop ??= { kind: "output" };
    if (stop !== undefined) throw new ProgramError("stopped");
    printed.push(text);
  };
  const leave = (code: number) => {
    stop ??= { kind: "exit", code };
    throw new ProgramError("stopped");
  };

  let execution: Execution | undefined;
  let overflowed = false;
  try {
    const runtime = quickJs.newRuntime();
    runtime.setMemoryLimit(limits.memory * 2 ** 20);
    runtime.setMaxStackSize(STACK);
    runtime.setInterruptHandler(() => {
      if (performance.now() > deadline) stop ??= { kind: "time" };
      return stop !== undefined;
    });
    runtime.setModuleLoader(moduleSource);
    const context = runtime.newContext();
    Scope.withScope((scope) => {
      try {
        const guest = createGuest(context, scope);
        const value = runIn(guest, task, { print, leave, isStopped: () => stop !== undefined });
        const ending = finish();
        execution = ending.ended === "well" && value !== undefined ? { ...ending, value } : ending;
      } catch (thrown) {
        if (!(thrown instanceof ProgramError)) throw thrown;
        overflowed = thrown.message.includes(OVERFLOW);
        execution = finish(thrown.message);
      }
    });
    context.dispose();
    runtime.dispose();
    const usable = !overflowed && quickJs.getWasmMemory().buffer.byteLength < MOST_MEMORY;
    if (execution !== undefined) return { execution, usable };
  } catch (thrown) {
    // The program broke the machine that it ran in, as too deep a recursion inside a built-in function can.
    const problem = `ended QuickJS: ${thrown instanceof Error ? thrown.message : String(thrown)}`;
    execution ??= stop === undefined ? badly(problem) : finish(problem);
  }
  return { execution: execution ?? badly("ended QuickJS"), usable: false };
}

/**
 * @returns JSON of what was called returned; undefined where nothing was called
 * @throws ProgramError with what the program threw
 */
function runIn(guest: Guest, { code, input, question }: Task, host: Host): string | undefined {
  const bridge = guest.startPrelude(input, host);
  const settle = () => guest.settle(bridge, host);
  const exported = guest.evaluateProgram(code);
  settle();
  if (question === null) return undefined;
  guest.call(bridge, "share", exported);
  if (question.kind === "assert") {
    guest.call(bridge, "assert");
    guest.evaluate(question.code);
    settle();
    return undefined;
  }
  let value = guest.evaluate(`(${question.expression}\n)`);
  if (question.args !== null) value = guest.apply(value, question.args);
  return guest.text(guest.call(bridge, "answer", guest.awaited(value, settle)));
}
