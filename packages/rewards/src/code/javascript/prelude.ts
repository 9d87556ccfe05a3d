// The JavaScript that runs in QuickJS before a program's own: what programs for Node.js expect, made of text alone.

/**
 * An expression whose value is a function of (print, leave, input). It makes `console`, `process`, `require` for fs,
 * readline and assert, and timers whose time passes at once, and returns what the host needs afterwards.
 */
export const PRELUDE = String.raw`
((print, leave, input) => {
  const { stringify } = JSON;
  const show = (value, depth) => {
    if (typeof value === "string") return "'" + value + "'";
    if (typeof value === "bigint") return value + "n";
    if (typeof value === "function") return "[Function: " + (value.name || "(anonymous)") + "]";
    if (Object.is(value, -0)) return "-0";
    if (typeof value !== "object" || value === null) return String(value);
    if (value instanceof Error) return value.stack || String(value);
    if (depth > 2) return Array.isArray(value) ? "[Array]" : "[Object]";
    const items = (list, open, close) => (list.length === 0 ? open + close : open + " " + list.join(", ") + " " + close);
    const one = (item) => show(item, depth + 1);
    if (Array.isArray(value)) return items(Array.from(value, one), "[", "]");
    if (value instanceof Set) return "Set(" + value.size + ") " + items(Array.from(value, one), "{", "}");
    if (value instanceof Map) {
      const pairs = Array.from(value, ([key, item]) => one(key) + " => " + one(item));
      return "Map(" + value.size + ") " + items(pairs, "{", "}");
    }
    const name = (key) => (/^[A-Za-z_$][\w$]*$/.test(key) ? key : one(key));
    return items(Object.keys(value).map((key) => name(key) + ": " + one(value[key])), "{", "}");
  };
  const format = (values) => values.map((value) => (typeof value === "string" ? value : show(value, 0))).join(" ");
  const log = (...values) => print(format(values) + "\n");
  const ignore = () => {};
  globalThis.console = { log, info: log, debug: log, error: ignore, warn: ignore, trace: ignore };
  globalThis.print = log;

  let timers = [];
  let count = 0;
  const later = (every) => (action, delay, ...args) => {
    const wait = Math.max(1, Number(delay) || 0);
    timers.push({ id: ++count, at: now + wait, wait: every ? wait : 0, action, args });
    return count;
  };
  let now = 0;
  const forget = (id) => {
    timers = timers.filter((timer) => timer.id !== id);
  };
  globalThis.setTimeout = later(false);
  globalThis.setInterval = later(true);
  globalThis.setImmediate = (action, ...args) => globalThis.setTimeout(action, 0, ...args);
  globalThis.clearTimeout = globalThis.clearInterval = globalThis.clearImmediate = forget;
  const tick = () => {
    if (timers.length === 0) return false;
    const next = timers.reduce((first, timer) => (timer.at < first.at ? timer : first));
    now = next.at;
    if (next.wait > 0) next.at += next.wait;
    else forget(next.id);
    next.action(...next.args);
    return true;
  };

  const lines = () => (input === "" ? [] : input.replace(/\n$/, "").split("\n"));
  let unread = lines();
  globalThis.readline = globalThis.prompt = () => (unread.length > 0 ? unread.shift() : null);
  const emitter = (events) => {
    const listeners = {};
    let started = false;
    const self = {
      on(event, listener) {
        (listeners[event] ??= []).push(listener);
        if (!started) {
          started = true;
          globalThis.setTimeout(() => events((name, value) => (listeners[name] ?? []).forEach((call) => call(value))));
        }
        return self;
      },
      setEncoding: () => self,
      resume: () => self,
      pause: () => self,
      close: ignore,
    };
    self.once = self.addListener = self.on;
    return self;
  };
  const stdin = emitter((emit) => {
    if (input !== "") emit("data", input);
    emit("end");
    emit("close");
  });
  stdin.fd = 0;
  stdin[Symbol.asyncIterator] = async function* () {
    if (input !== "") yield input;
  };
  const stdout = { write: (text) => (print(String(text)), true), isTTY: false };
  const exit = (code) => leave(Number(code ?? globalThis.process.exitCode) || 0);
  globalThis.process = {
    argv: ["node", "solution.js"], env: {}, platform: "linux", stdin, stdout, stderr: { write: () => true }, exit,
    nextTick: (action, ...args) => void Promise.resolve().then(() => action(...args)), on: ignore,
    hrtime: Object.assign(() => [0, 0], { bigint: () => 0n }), memoryUsage: () => ({ heapUsed: 0 }),
  };
  globalThis.performance ??= { now: () => Date.now() };

  class AssertionError extends Error {
    name = "AssertionError";
  }
  const isSame = (left, right, seen) => {
    if (Object.is(left, right)) return true;
    if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return false;
    if (seen > 500 || Array.isArray(left) !== Array.isArray(right)) return false;
    if (left instanceof Map || left instanceof Set) return show(left, 0) === show(right, 0);
    const keys = Object.keys(left);
    return keys.length === Object.keys(right).length && keys.every((key) => isSame(left[key], right[key], seen + 1));
  };
  const check = (holds, message, problem) => {
    if (!holds) throw new AssertionError(message ?? problem());
  };
  const versus = (left, right) => () => show(left, 0) + " is not " + show(right, 0);
  const strictEqual = (left, right, message) => check(Object.is(left, right), message, versus(left, right));
  const deepEqual = (left, right, message) => check(isSame(left, right, 0), message, versus(left, right));
  const assert = (value, message) => check(value, message, () => "the assertion does not hold");
  Object.assign(assert, {
    ok: assert, strict: assert, AssertionError, strictEqual, deepEqual, deepStrictEqual: deepEqual,
    equal: (left, right, message) => check(left == right, message, versus(left, right)),
    notStrictEqual: (left, right, message) => check(!Object.is(left, right), message, () => "both are the same"),
    notEqual: (left, right, message) => check(left != right, message, () => "both are the same"),
    throws: (action) => {
      let threw = false;
      try {
        action();
      } catch {
        threw = true;
      }
      check(threw, undefined, () => "nothing was thrown");
    },
  });
  globalThis.console.assert = assert;

  const readFileSync = (path) => {
    if (path === 0 || path === "/dev/stdin" || path === stdin.fd) return input;
    throw new Error("there are no files here: " + path);
  };
  const modules = {
    fs: { readFileSync, writeFileSync: (path, text) => (path === 1 || path === "/dev/stdout" ? print(String(text)) : undefined) },
    readline: {
      createInterface: () => {
        const reader = emitter((emit) => {
          for (const line of lines()) emit("line", line);
          emit("close");
        });
        reader[Symbol.asyncIterator] = async function* () {
          yield* lines();
        };
        reader.question = (text, answer) => {
          print(text);
          const line = globalThis.readline();
          if (line !== null) globalThis.setTimeout(() => answer(line));
        };
        return reader;
      },
    },
    assert,
    process: globalThis.process,
  };
  globalThis.require = (name) => {
    const found = modules[String(name).replace(/^node:/, "").replace(/^assert\/strict$/, "assert")];
    if (found === undefined) throw new Error("there is no module " + name + " here");
    return found;
  };
  const module = { exports: {} };
  globalThis.module = module;
  globalThis.exports = module.exports;

  return {
    tick,
    share: (found) => {
      for (const source of [module.exports, found ?? {}]) {
        if (typeof source === "function") globalThis[source.name || "solution"] ??= source;
        else for (const key of Object.keys(source)) if (!(key in globalThis)) globalThis[key] = source[key];
      }
    },
    assert: () => {
      globalThis.assert = assert;
    },
    answer: (value) => {
      const plain = (_, item) => (item instanceof Set ? [...item] : item instanceof Map ? Object.fromEntries(item) : item);
      return stringify(value === undefined ? null : value, plain);
    },
  };
})
`;

/** What programs import by name from the modules of the prelude. */
const MODULES: Readonly<Record<string, readonly string[]>> = {
  fs: ["readFileSync", "writeFileSync"],
  readline: ["createInterface"],
  assert: ["ok", "strict", "equal", "strictEqual", "deepEqual", "deepStrictEqual", "notEqual", "throws"],
  process: ["argv", "stdin", "stdout", "exit"],
};

/**
 * The source of a module that a program imports.
 *
 * @throws Error where there is none
 */
export function moduleSource(name: string): string {
  const module = name.replace(/^node:/, "");
  const exports = Object.hasOwn(MODULES, module) ? MODULES[module] : undefined;
  if (exports === undefined) throw new Error(`there is no module ${JSON.stringify(name)} here`);
  return `const found = require("${module}"); export default found; export const { ${exports.join(", ")} } = found;`;
}
