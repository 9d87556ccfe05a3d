import { describe, expect, it } from "vitest";
import { scorePrograms } from "../run-code.test.fixture.js";

const tests = [{ input: "1 2\n", output: "3\n" }];
const good = "const [a, b] = readline().split(' ').map(Number);\nconsole.log(a + b);";

async function scoreBetween(program: string, params: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const programs = [good, program, good];
  const batch = await scorePrograms({ language: "javascript", tests, programs, params: { parallel: 1, ...params } });
  expect(batch.failures.flat()).toEqual([undefined, undefined, undefined]);
  expect(batch.scores).toEqual([[1], [0], [1]]);
  return batch.reasons[1]?.[0] ?? "";
}

describe("a JavaScript program fails its test and harms nothing else when it", () => {
  it.each([
    ["never stops", "while (true) {}", "took over 2000 ms"],
    ["catches what would stop it", "for (;;) { try { for (;;) {} } catch {} }", "took over 2000 ms"],
    ["waits for ever", "setInterval(() => {}, 1);", "took over 2000 ms"],
    ["promises for ever", "const go = () => Promise.resolve().then(go); go();", "took over 2000 ms"],
    ["is caught in a pattern", "/(a+)+$/.test('a'.repeat(60) + 'b');", "took over 2000 ms"],
    ["throws what never ends", "throw { get name() { for (;;) {} } };", "took over 2000 ms"],
    ["prints without end", "for (;;) console.log('x'.repeat(1000));", "printed more than"],
    ["catches that it prints too much", "for (;;) { try { console.log('x'.repeat(1000)); } catch {} }", "printed more"],
    ["recurses too deep", "const f = () => f() + 1; f();", "Maximum call stack size exceeded"],
    ["is nested too deep", "JSON.parse('['.repeat(1000000));", ""],
    ["exits early as if all were well", "process.exit(0);", 'printed "", not "3"'],
    ["exits with a code", `${good}\nprocess.exit(2);`, "ended with exit code 2"],
    ["catches its own exit", `try { process.exit(1); } catch {}\n${good}`, "ended with exit code 1"],
    ["is no JavaScript", "))", "SyntaxError"],
    ["imports what is not there", "import { exec } from 'child_process';\nexec('ls');", 'no module "child_process"'],
    ["reads files", "console.log(require('fs').readFileSync('/etc/hostname', 'utf8'));", "there are no files here"],
    ["looks for the host", "console.log(Function('return process')().mainModule.require('os'));", "TypeError"],
  ])("%s", async (_, program, reason) => {
    // What must run out of time is not waited for long; nothing else may run out of it on a busy machine.
    const params = reason.startsWith("took over") ? { timeout: 2000 } : {};
    expect(await scoreBetween(program, params)).toContain(reason);
  });

  it("allocates without end", { timeout: 180_000 }, async () => {
    const program = "const a = []; for (;;) a.push(new Array(100000).fill(1));";
    // What fills memory takes tens of seconds on a machine that does other things too.
    expect(await scoreBetween(program, { memory: 64, timeout: 120_000 })).toContain("out of memory");
    expect(await scoreBetween("'x'.repeat(2 ** 29).split('');", { memory: 256 })).not.toBe("");
  });
});

describe("a JavaScript function", () => {
  const add = [{ args: [1, 2], expected: 3 }];
  const score = async (programs: readonly string[], columns: unknown = add) => {
    const params = { entryPoint: "add" };
    const { scores } = await scorePrograms({ language: "javascript", tests: columns, programs, params });
    return scores.flat();
  };

  it("is found wherever a program leaves it", async () => {
    const programs = [
      "function add(a, b) { return a + b; }",
      "const add = (a, b) => a + b;",
      "export const add = (a, b) => a + b;",
      "export function add(a, b) { return a + b; }",
      "module.exports = { add: (a, b) => a + b };",
      "exports.add = (a, b) => a + b;",
      "const add = async (a, b) => { await new Promise((done) => setTimeout(done, 50)); return a + b; };",
    ];
    expect(await score(programs)).toEqual(programs.map(() => 1));
  });

  it("is compared where it cannot reach", async () => {
    const programs = [
      "JSON.stringify = () => '3'; const add = () => 4;",
      "Object.is = () => true; Array.prototype.every = () => true; const add = () => 4;",
      "const add = () => { console.log(3); };",
      "const add = () => process.exit(0);",
      "const add = () => new Promise(() => {});",
      "const add = () => { const c = {}; c.c = c; return c; };",
      "const add = () => NaN;",
    ];
    expect(await score(programs)).toEqual(programs.map(() => 0));
  });

  it("is tried by asserts", async () => {
    const asserts = [
      "assert(add(1, 2) === 3);",
      "assert.strictEqual(add(1, 2), 3)",
      "require('node:assert').deepStrictEqual([add(1, 2)], [3])",
      "if (add(1, 2) !== 3) throw new Error('wrong')",
      "console.assert(add(2, 2) === 4)",
    ];
    expect(await score(["const add = (a, b) => a + b;", "const add = (a, b) => 4;"], asserts)).toEqual([1, 1 / 5]);
  });
});

it("reads its input in the ways that programs for Node.js do", async () => {
  const sum = "const [a, b] = text.trim().split(' ').map(Number); console.log(a + b);";
  const programs = [
    `const text = require('fs').readFileSync(0, 'utf8'); ${sum}`,
    `import { readFileSync } from 'node:fs';\nconst text = readFileSync('/dev/stdin', 'utf8').toString(); ${sum}`,
    `let text = ''; process.stdin.on('data', (part) => text += part).on('end', () => { ${sum} });`,
    `require('readline').createInterface({ input: process.stdin }).on('line', (text) => { ${sum} });`,
    `import * as readline from 'readline';\nfor await (const text of readline.createInterface({})) { ${sum} }`,
    `(async () => { for await (const text of process.stdin) { ${sum} } })();`,
    `const rl = require('readline').createInterface({}); rl.question('', (text) => { ${sum} rl.close(); });`,
    `setTimeout(() => { const text = prompt(); ${sum} }, 10_000);`,
  ];
  const { scores, reasons } = await scorePrograms({ language: "javascript", tests, programs });
  expect(reasons.flat()).toEqual(programs.map(() => "passed the only test"));
  expect(scores.flat()).toEqual(programs.map(() => 1));
});

it("recurses as deep as in Node.js", async () => {
  const program = "const depth = (n) => (n === 0 ? 0 : depth(n - 1) + 1); console.log(depth(10_000));";
  const batch = await scorePrograms({
    language: "javascript",
    tests: [{ input: "", output: "10000" }],
    programs: [program],
  });
  expect(batch.reasons).toEqual([["passed the only test"]]);
});

it("shows what is printed as Node.js does", async () => {
  const program = "console.log([1, { a: 'b' }], new Map([[1, new Set([2])]]), -0, null, undefined, 5n, 'x', [], {});";
  const output = "[ 1, { a: 'b' } ] Map(1) { 1 => Set(1) { 2 } } -0 null undefined 5n x [] {}";
  const batch = await scorePrograms({ language: "javascript", tests: [{ input: "", output }], programs: [program] });
  expect(batch.reasons).toEqual([["passed the only test"]]);
});
