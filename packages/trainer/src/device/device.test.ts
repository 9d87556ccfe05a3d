import { execFile } from "node:child_process";
import { createRequire } from "node:module";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { createTfjsEngine } from "../engine/tfjs/engine.js";
import { softwareGpu } from "../engine/onnxruntime/software-gpu.test.fixture.js";
import { checkEngineChoice, precisionProblem } from "./check-choice.js";
import { chooseDevice, whyNoReport } from "./choose-device.js";
import { whyNoGpu } from "./gpu-here.js";
import { openEngine, type EngineChoice } from "./open-engine.js";
import { isInKnownMemory, resolveEngine } from "./resolve-engine.js";
import { tryEngine } from "./trial.js";

const here = () => null;

describe("auto", () => {
  test("takes a GPU that is faster than the CPU", async () => {
    const chosen = await chooseDevice(async () => ({ works: true, webgpu: 900, cpu: 100 }), here);
    expect(chosen).toEqual({ device: "webgpu", skipped: [] });
  });

  test.each([
    [{ works: true, webgpu: 0.21, cpu: 99.6 }, "it is slower than the CPU (0.21 GFLOP/s instead of 100)"],
    [{ works: false, reason: "its driver hangs (60 seconds)" }, "its driver hangs (60 seconds)"],
  ] as const)("takes the CPU where the GPU is no better, and says why", async (probe, reason) => {
    const { device, skipped } = await chooseDevice(async () => probe, here);
    expect(device).toBe("cpu");
    expect(skipped).toEqual([{ device: "webgpu", reason, absent: false }]);
  });

  test("blames the driver for what the driver did alone", () => {
    expect(whyNoReport({ killed: true, signal: "SIGKILL" })).toBe("its driver hangs (60 seconds)");
    expect(whyNoReport({ killed: false, signal: "SIGSEGV" })).toBe("its driver ends the process (SIGSEGV)");
    expect(whyNoReport({ killed: false, code: 3 })).toBe("its driver ends the process (exit code 3)");
    expect(whyNoReport({ killed: false, signal: "SIGINT" })).toBe("its trial was stopped (SIGINT)");
  });

  test("tries nothing where the machine shows no GPU", async () => {
    const never = () => Promise.reject(new Error("tried"));
    const { device, skipped } = await chooseDevice(never, () => "there is none");
    expect(device).toBe("cpu");
    expect(skipped).toEqual([{ device: "webgpu", reason: "there is none", absent: true }]);
  });

  test("knows the systems without a build", () => {
    expect(whyNoGpu("darwin", "x64")).toContain("Intel");
    expect(whyNoGpu("darwin", "arm64")).toBeNull();
    expect(whyNoGpu("win32", "x64")).toBeNull();
    expect(whyNoGpu("linux", "arm64")).toContain("no WebGPU");
  });
});

test("the estimate of memory is for what computes in this machine's", () => {
  const known: EngineChoice[] = [{}, { device: "cpu" }, { device: "webgpu" }, { device: "cuda" }, { kind: "tfjs" }];
  expect(known.map(isInKnownMemory)).toEqual([true, true, false, false, false]);
});

test("the trial finds results that are wrong", async () => {
  const eager = await createTfjsEngine("cpu");
  const broken: typeof eager = {
    ...eager,
    resident: (data, shape) =>
      eager.resident(
        Float32Array.from(data, (value) => value + 0.25),
        shape,
      ),
  };
  await expect(tryEngine(broken)).rejects.toThrow(/^tfjs cpu computes wrongly: a product is .* instead of /);
});

test("an eager engine has no GPU of its own", async () => {
  await expect(openEngine({ kind: "tfjs", device: "webgpu" })).rejects.toThrow(
    "engine.kind is tfjs, but device is webgpu.",
  );
});

test.each([
  [{ device: "gpu" }, 'engine.device is "gpu", which is none of auto, cpu, webgpu, cuda, tfjs-node-gpu.'],
  [{ device: null }, "engine.device is null, which is none of"],
  [{ kind: "onnx" }, 'engine.kind is "onnx", which is none of onnxruntime, tfjs.'],
  [{ kind: "tfjs", device: "cuda" }, "engine.kind is tfjs, but device is cuda."],
  [
    { kind: "tfjs", device: "cpu", backend: "tensorflow" },
    "engine.backend is tensorflow, which computes on a GPU, but device is cpu.",
  ],
])("a choice that is none is told before anything is opened: %j", async (choice, message) => {
  // As JavaScript gives it.
  await expect(resolveEngine(choice as EngineChoice)).rejects.toThrow(message);
  await expect(openEngine(choice as EngineChoice)).rejects.toThrow(message);
});

test("choices of a device or of an engine that fit are left alone", () => {
  const choices: EngineChoice[] = [{}, { device: "cpu", kind: "tfjs" }, { kind: "tfjs", backend: "tensorflow" }];
  for (const choice of choices) expect(() => checkEngineChoice(choice)).not.toThrow();
});

test("rollouts in 8 bits are refused where a device has none", () => {
  const refused = (choice: EngineChoice) => precisionProblem(choice, "int8") !== undefined;
  const choices: EngineChoice[] = [{}, { device: "cpu" }, { device: "webgpu" }, { device: "cuda" }];
  expect(choices.map(refused)).toEqual([false, false, false, true]);
  expect(precisionProblem({ device: "cuda" }, "int8")).toMatch(/device cuda does not have.*device: cpu or webgpu/);
  expect(precisionProblem({ device: "cuda" }, "float32")).toBeUndefined();
});

test("a GPU package that is not installed is named", async () => {
  await expect(openEngine({ device: "tfjs-node-gpu" })).rejects.toThrow("@tensorflow/tfjs-node-gpu");
});

interface Failure {
  readonly message: string;
  readonly hint: string;
}

const built = (file: string): string =>
  createRequire(import.meta.url)
    .resolve("@pavlov/trainer")
    .replace(/index\.js$/, file);

/** What a script reports that runs in a process of its own, whose Vulkan drivers are those of `drivers`. */
const reported = async (script: string, drivers: string): Promise<string> => {
  const report =
    'const report = (value) => process.stdout.write(JSON.stringify(value) + "\\n", () => process.exit(0));';
  const env = { ...process.env, VK_ICD_FILENAMES: drivers };
  const args = ["--input-type=module", "-e", `${report}${script}`];
  const run = await promisify(execFile)(process.execPath, args, { env });
  return run.stdout.split("\n").find((line) => line.startsWith("{")) ?? run.stdout;
};

const openedWith = (choice: EngineChoice, drivers: string): Promise<string> =>
  reported(
    `const { openEngine } = await import(${JSON.stringify(built("device/open-engine.js"))});
    openEngine(${JSON.stringify(choice)}).then(
      ({ device, skipped }) => report({ device, skipped }),
      ({ message, hint }) => report({ message, hint }),
    );`,
    drivers,
  );

describe.skipIf(process.platform !== "linux")("without a driver", () => {
  test("a GPU that was asked for is missed, and nothing else computes", async () => {
    const { message, hint } = JSON.parse(await openedWith({ device: "webgpu" }, "/none.json"));
    expect(message).toMatch(/^There is no GPU that can be used here/);
    expect(hint).toMatch(/libvulkan1.*pavlov doctor.*device: cpu/);
  });

  test("auto goes on with the CPU", async () => {
    const { device, skipped } = JSON.parse(await openedWith({}, "/none.json"));
    expect(device).toBe("cpu");
    expect(skipped[0].reason).toMatch(/^there is no GPU that can be used here/);
  });

  test("a CUDA provider that is not installed is missed", async () => {
    const { message, hint } = JSON.parse(await openedWith({ device: "cuda" }, "/none.json"));
    expect(message).toMatch(/^ONNX Runtime's CUDA provider cannot be loaded: it is not installed/);
    expect(hint).toContain("--onnxruntime-node-install=cuda12");
  });
});

const gpu = await softwareGpu();

describe.skipIf(gpu === null)("on a GPU", () => {
  // In a process of its own: what ONNX Runtime keeps of the GPU for others is not what it was afterwards.
  test("a buffer larger than it allows is a sentence", async () => {
    const script = `
      const { createOnnxRuntimeEngine } = await import(${JSON.stringify(built("engine/onnxruntime/engine.js"))});
      const engine = await createOnnxRuntimeEngine({ provider: "webgpu" });
      report(await engine.resident(new Float32Array(2 ** 29), [2 ** 29]).then(
        () => "it was there",
        ({ message, hint }) => ({ message, hint }),
      ));`;
    const { message, hint } = JSON.parse(await reported(script, process.env["VK_ICD_FILENAMES"] ?? "")) as Failure;
    expect(message).toMatch(/^(A tensor is larger than this GPU|The GPU's memory is not enough).*moving values to it/);
    expect(hint).toMatch(/perDeviceTrainBatchSize.*--resume/);
  });

  test("auto tries it in a process of its own", async () => {
    const { device, skipped } = await chooseDevice();
    // A driver that computes on the CPU is slower than the CPU.
    expect(device === "webgpu" ? [] : skipped.map(({ reason }) => reason.slice(0, 12))).toEqual(
      device === "webgpu" ? [] : ["it is slower"],
    );
  });
});
