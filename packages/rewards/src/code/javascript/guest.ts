// What is done inside a context of QuickJS, in the terms of a program: every handle is given back with the scope.
import type { QuickJSContext, QuickJSHandle, Scope } from "quickjs-emscripten-core";
import { PRELUDE } from "./prelude.js";

/** What a program threw, or what ended it. */
export class ProgramError extends Error {}

/** All that a program can reach outside of itself. */
export interface Host {
  print(text: string): void;
  leave(code: number): void;
  isStopped(): boolean;
}

/** A context as a program is run in it. Every method throws a ProgramError with what the program threw. */
export interface Guest {
  /** @returns the object whose methods `call` calls */
  startPrelude(input: string, host: Host): QuickJSHandle;
  /** @returns what the program exports */
  evaluateProgram(code: string): QuickJSHandle;
  evaluate(code: string): QuickJSHandle;
  apply(target: QuickJSHandle, args: readonly unknown[]): QuickJSHandle;
  call(bridge: QuickJSHandle, method: string, ...args: QuickJSHandle[]): QuickJSHandle;
  /** Runs what waits: promises first, then timers, one after the other. */
  settle(bridge: QuickJSHandle, host: Host): void;
  /** What a promise is fulfilled with; any other value as it is. */
  awaited(value: QuickJSHandle, settle: () => void): QuickJSHandle;
  text(value: QuickJSHandle): string;
}

/** A program that imports or exports is a module. */
const MODULE = /^[ \t]*(?:export\b|import\b[ \t]*[^\s(.])/m;

/** Wraps a context; its handles belong to the scope. */
export function createGuest(context: QuickJSContext, scope: Scope): Guest {
  const keep = <T extends QuickJSHandle>(handle: T): T => scope.manage(handle);
  const unwrap = (result: ReturnType<QuickJSContext["evalCode"]>): QuickJSHandle => {
    if (result.error) throw new ProgramError(describe(context, keep(result.error)));
    return keep(result.value);
  };
  // As text of JSON, so that nothing but data can pass.
  const fromJson = (value: unknown) =>
    unwrap(context.evalCode(`(${JSON.stringify(value) ?? "undefined"})`, "input.js"));
  const callFunction = (target: QuickJSHandle, self: QuickJSHandle, args: QuickJSHandle[]) =>
    unwrap(context.callFunction(target, self, args));
  const call: Guest["call"] = (bridge, method, ...args) =>
    callFunction(keep(context.getProp(bridge, method)), bridge, args);

  return {
    call,
    startPrelude(input, host) {
      const print = keep(context.newFunction("print", (text) => host.print(context.getString(text))));
      const leave = keep(context.newFunction("exit", (code) => host.leave(context.getNumber(code))));
      const prelude = unwrap(context.evalCode(PRELUDE, "prelude.js"));
      return callFunction(prelude, context.undefined, [print, leave, fromJson(input)]);
    },
    evaluateProgram(code) {
      const isModule = MODULE.test(code);
      const value = unwrap(context.evalCode(code, "solution.js", { type: isModule ? "module" : "global" }));
      return isModule ? value : context.undefined;
    },
    evaluate: (code) => unwrap(context.evalCode(code, "test.js")),
    apply: (target, args) => callFunction(target, context.undefined, args.map(fromJson)),
    settle(bridge, host) {
      for (let isWaiting = true; isWaiting;) {
        const jobs = context.runtime.executePendingJobs();
        if (jobs.error) throw new ProgramError(describe(context, keep(jobs.error)));
        if (host.isStopped()) throw new ProgramError("stopped");
        isWaiting = context.dump(call(bridge, "tick")) === true;
      }
    },
    awaited(value, settle) {
      settle();
      const state = context.getPromiseState(value);
      if (state.type === "fulfilled") return state.notAPromise ? value : keep(state.value);
      if (state.type === "rejected") throw new ProgramError(describe(context, keep(state.error)));
      throw new ProgramError("returned a promise that is never fulfilled");
    },
    text: (value) => context.getString(value),
  };
}

/** The name and message of what was thrown. */
function describe(context: QuickJSContext, error: QuickJSHandle): string {
  const thrown: unknown = context.dump(error);
  if (typeof thrown !== "object" || thrown === null) return `threw ${JSON.stringify(thrown) ?? String(thrown)}`;
  const { name, message } = thrown as { name?: unknown; message?: unknown };
  return `${typeof name === "string" ? name : "an object"}: ${typeof message === "string" ? message : "was thrown"}`;
}
