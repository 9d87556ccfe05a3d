import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { hasPython, scorePrograms, watchTemporaryFolder } from "../run-code.test.fixture.js";
import { createPythonExecutor } from "./executor.js";
import { type PythonSetup, runPython } from "./run-python.js";

let watched: ReturnType<typeof watchTemporaryFolder>;
beforeEach(() => {
  watched = watchTemporaryFolder();
});
afterEach(() => watched.remove());

const tests = [{ input: "1 2\n", output: "3\n" }];
const good = "a, b = map(int, input().split())\nprint(a + b)";

/** Scores a program between two good ones, and asserts that those pass and that nothing stays behind. */
async function scoreBetween(program: string, params: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const programs = [good, program, good];
  const { scores, reasons, failures } = await scorePrograms({ language: "python", tests, programs, params });
  expect(failures.flat()).toEqual([undefined, undefined, undefined]);
  expect(scores).toEqual([[1], [0], [1]]);
  expect(watched.files()).toEqual([]);
  expect(watched.processes()).toEqual([]);
  return reasons[1]?.[0] ?? "";
}

describe.skipIf(!hasPython)("a Python program fails its test and harms nothing else when it", () => {
  it.each([
    ["forks without end", "import os\nwhile True: os.fork()", "os.fork is not allowed"],
    ["starts programs", "import subprocess\nsubprocess.Popen(['sleep', '1000'])", "subprocess.Popen is not allowed"],
    [
      "starts threads without end",
      "import threading, time\nwhile True: threading.Thread(target=time.sleep, args=(100,), daemon=True).start()",
      "can't start new thread",
    ],
    ["allocates without end", "a = []\nwhile True: a.append(bytearray(1 << 20))", "MemoryError"],
    ["kills its parent", "import os\nos.kill(os.getppid(), 9)", "os.kill is not allowed"],
    ["kills all", "import os\nos.kill(-1, 9)", "os.kill is not allowed"],
    ["prints without end", "while True: print('x' * 1000)", "printed more than"],
    ["complains without end", "import sys\nwhile True: sys.stderr.write('x' * 1000)", "printed more than"],
    ["exits early as if all were well", "import sys\nsys.exit(0)", 'printed "", not "3"'],
    ["exits past all handlers", "import os\nos._exit(0)", 'printed "", not "3"'],
    ["exits with a code", `${good}\nexit(3)`, "ended with exit code 3"],
    ["closes its output", "import os\nos.close(1)\nprint(3)", "Bad file descriptor"],
    ["closes everything", `import os\nos.closerange(0, 64)\n${good}`, ""],
    ["recurses too deep", "def f(n): return f(n + 1) + 1\nf(0)", "RecursionError"],
    ["is no Python", "))", "SyntaxError"],
    ["is nested too deep", `x = ${"(".repeat(5000)}1${")".repeat(5000)}`, ""],
    ["connects to somebody", "import socket\nsocket.create_connection(('127.0.0.1', 9), 1)", "not allowed here"],
    ["takes the C of Python", "import ctypes", "ctypes is not allowed"],
    ["raises its limits", "import resource\nresource.setrlimit(4, (-1, -1))", "resource.setrlimit is not allowed"],
    ["looks for the tests", "import os\nprint(os.listdir('/'))", "reading this folder is not allowed"],
    ["reads files", "print(open('/etc/hostname').read())", "opening this file is not allowed"],
    [
      "reads files by a detour",
      "import sys\nprint(open(sys.path[1] + '/../../../etc/hostname').read())",
      "not allowed",
    ],
    ["aborts", "import os\nos.abort()", "was killed by"],
    ["prints all outputs that there could be", "for n in range(1000): print(n)", 'printed "0", not "3", in line 1'],
  ])("%s", async (_, program, reason) => {
    expect(await scoreBetween(program)).toContain(reason);
  });

  it("writes files", async () => {
    const files = ["here", join(watched.folder, "there"), `/tmp/pavlov-evil-${process.pid}`];
    for (const file of files) {
      expect(await scoreBetween(`open(${JSON.stringify(file)}, "w").write("x")`)).toContain("not allowed here");
      expect(await scoreBetween(`import os\nos.mkfifo(${JSON.stringify(file)})`)).toContain("AttributeError");
      expect(await scoreBetween(`import os\nos.mkdir(${JSON.stringify(file)})`)).toContain("os.mkdir is not allowed");
      expect(existsSync(file)).toBe(false);
    }
  });

  it("never stops, catches what would stop it, or sleeps", async () => {
    for (const program of [
      "while True: pass",
      "import signal, time\nfor n in (2, 15, 24): signal.signal(n, signal.SIG_IGN)\nwhile True: time.sleep(1)",
      "while True:\n  try:\n    while True: pass\n  except BaseException: pass",
    ]) {
      expect(await scoreBetween(program, { timeout: 3000 })).toContain("took over 3000 ms");
    }
  });
});

it.skipIf(!hasPython)("counts the rest as failed once enough tests ran out of time", async () => {
  const { scores, reasons, metrics } = await scorePrograms({
    language: "python",
    tests: [{ input: "0", output: "0" }, ...Array.from({ length: 5 }, () => ({ input: "1", output: "1" }))],
    programs: ["n = int(input())\nwhile n: pass\nprint(0)"],
    params: { timeout: 2000, overruns: 2 },
  });
  expect(scores).toEqual([[1 / 6]]);
  expect(metrics).toEqual([[{ passed: 1, tests: 6 }]]);
  expect(reasons[0]?.[0]).toBe("passed 1 of 6 tests: test 2 took over 2000 ms; after 2 such, 3 were not run");
});

describe.skipIf(!hasPython)("a Python function is compared where it cannot reach, so it fails when it", () => {
  const add = [{ args: [1, 2], expected: 3 }];
  it.each([
    ["returns what equals everything", "class E:\n  def __eq__(s, o): return True\ndef add(a, b): return E()"],
    ["calls itself an int", "class E(int):\n  def __eq__(s, o): return True\ndef add(a, b): return E(7)"],
    ["writes to where results go", "import os\nos.write(3, b'3\\n')\ndef add(a, b): os._exit(0)"],
    ["replaces what encodes results", "import json\njson.dumps = lambda *a, **k: '3'\ndef add(a, b): return 4"],
    ["prints what is expected", "def add(a, b): print(3)"],
    ["exits in the middle", "import sys\ndef add(a, b): sys.exit(0)"],
    ["returns no number", "def add(a, b): return float('nan')"],
    ["returns what never ends", "def add(a, b):\n  x = []\n  x.append(x)\n  return x"],
    ["returns a heap of text", "def add(a, b): return 'x' * (10 ** 7)"],
    ["is not there", "print(3)"],
  ])("%s", async (_, program) => {
    const params = { entryPoint: "add" };
    const batch = await scorePrograms({ language: "python", tests: add, programs: [program], params });
    expect(batch.failures).toEqual([[undefined]]);
    expect(batch.scores).toEqual([[0]]);
  });
});

it("says what is wrong with a Python that is not there", async () => {
  const scoring = scorePrograms({ language: "python", tests, programs: [good], params: { python: "/nowhere/python" } });
  await expect(scoring).rejects.toThrow('could not be set up: The Python "/nowhere/python"');
});

it("says what is wrong with a Python that runs nothing", async () => {
  const scoring = scorePrograms({ language: "python", tests, programs: [good], params: { python: "/bin/false" } });
  await expect(scoring).rejects.toThrow('The Python "/bin/false", which code of completions is to run with, does not');
});

it.skipIf(!hasPython)("is an error, and no failed test, where the machine is to blame", async () => {
  const setup: PythonSetup = { python: "/bin/sh", wrapper: [], hasNamespaces: false, user: null, packages: false };
  const task = { code: good, input: "1 2", question: null, outputLimit: 1000 };
  const run = (python: string) =>
    runPython({ ...setup, python }, task, { timeout: 20_000, memory: 512 }, new AbortController().signal);
  await expect(run("/bin/sh")).rejects.toThrow(/before a test's code began/);
  await expect(run("/nowhere/python")).rejects.toThrow("Python could not be started for a test");
  expect(watched.files()).toEqual([]);
});

it.skipIf(!hasPython)("is kept from this process by Python alone where there are no namespaces", async () => {
  const found = spawnSync("python3", ["-c", "import sys; print(sys.executable)"], { encoding: "utf8" });
  const setup: PythonSetup = {
    python: found.stdout.trim(),
    wrapper: [],
    hasNamespaces: false,
    user: null,
    packages: false,
  };
  const run = (code: string) => {
    const task = { code, input: "", question: null, outputLimit: 1000 };
    return runPython(setup, task, { timeout: 20_000, memory: 512 }, new AbortController().signal);
  };
  for (const [program, problem] of [
    ["import os\nos.kill(os.getppid(), 9)", "os.kill is not allowed"],
    ["import os\nos.killpg(os.getpgid(os.getppid()), 9)", "os.killpg is not allowed"],
    ["import signal\nsignal.pidfd_send_signal", "has no attribute 'pidfd_send_signal'"],
    ["import os\nos.posix_spawn('/bin/sleep', ['sleep', '1000'], {})", "os.posix_spawn is not allowed"],
    ["import sys\ndel sys.modules['_posixsubprocess']\nimport _posixsubprocess", "_posixsubprocess is not allowed"],
  ]) {
    expect(await run(program ?? "")).toMatchObject({ ended: "badly", problem: expect.stringContaining(problem ?? "") });
  }
  expect(watched.files()).toEqual([]);
  expect(watched.processes()).toEqual([]);
});

it.skipIf(!hasPython)("ends what runs when it is disposed of", async () => {
  const options = { python: "python3", packages: false, limits: { timeout: 60_000, memory: 512 }, parallel: 1 };
  const executor = await createPythonExecutor({ ...options, log: () => {} });
  const task = { code: "while True: pass", input: "", question: null, outputLimit: 1000 };
  const runs = [1, 2].map(() => executor.run(task, new AbortController().signal));
  const results = Promise.allSettled(runs);
  await executor.dispose();
  expect((await results).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(watched.files()).toEqual([]);
  expect(watched.processes()).toEqual([]);
});

const leash = "setpriv";
const canLeash = hasPython && spawnSync(leash, ["--pdeathsig", "KILL", "--", "true"]).status === 0;
it.skipIf(!canLeash)("ends when this process is killed, and can end nothing itself", async () => {
  const scoring = [
    'import { compose, createScorer, use } from "@pavlov/core";',
    'import { code } from "@pavlov/rewards";',
    "const scorer = createScorer(compose({ code: use(code, { params: { timeout: 600_000 } }) }));",
    'const row = { tests: [{ input: "", output: "" }] };',
    'const completion = "```python\\nimport time\\nwhile True: time.sleep(1)\\n```";',
    'await scorer.setup(); console.log("ready");',
    'await scorer.score([{ completion, row, groupId: "g" }]);',
  ].join("\n");
  const child = spawn(process.execPath, ["--input-type=module", "--eval", scoring], {
    cwd: import.meta.dirname,
    stdio: ["ignore", "pipe", "inherit"],
  });
  // What finds Python out has come and gone by then.
  await once(child.stdout, "data");
  await vi.waitFor(() => expect(watched.processes()).not.toEqual([]), { timeout: 60_000 });
  child.kill("SIGKILL");
  await vi.waitFor(() => expect(watched.processes()).toEqual([]), { timeout: 60_000 });
});
