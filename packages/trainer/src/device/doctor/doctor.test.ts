/** The lines on machine, engines and hub, and what they come to. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Check, check } from "./check.js";
import { diskCheck } from "./disk.js";
import { cpuFound, cudaFound, runtimeFound, tensorflowFound, webGpuFound } from "./engine-checks.js";
import { hubChecks } from "./hub.js";
import { machineChecks, type MachineFacts } from "./machine.js";
import { summarise } from "./summary.js";
import { tryEngineApart } from "./try-engine.js";

const GIGABYTE = 2 ** 30;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-doctor-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("a check that throws is a problem with the reason", async () => {
  const broken = check({ id: "x", section: "GPU", title: "x" }, () =>
    Promise.reject(new Error("no such thing.\nat y")),
  );
  expect(await broken).toMatchObject({ status: "problem", detail: "cannot be told: no such thing" });
});

describe("the machine", () => {
  const facts: MachineFacts = {
    arch: "x64",
    model: "Some Processor",
    processors: 16,
    usable: 4,
    memory: { total: 64 * GIGABYTE, free: 30 * GIGABYTE, own: 0, constrained: 8 * GIGABYTE },
  };

  test("has the memory and the processors that a container allows", async () => {
    const [cpu, memory] = await Promise.all(machineChecks(facts));
    expect(cpu?.detail).toBe("Some Processor, 16 cores, of which this process may use 4");
    expect(memory).toMatchObject({ status: "ok", detail: "8.0 GB available by the container's limit, of 64.0 GB" });
  });

  test("with too little memory says what gives more", async () => {
    const memory = { ...facts.memory, constrained: GIGABYTE / 2 };
    const [, found] = await Promise.all(machineChecks({ ...facts, memory }));
    expect(found).toMatchObject({ status: "problem", fix: expect.stringContaining("docker run --memory") });
  });

  test("with a full disk says so", async () => {
    const written = { id: "disk", title: "disk", path: "/", fix: "make room" };
    expect(await diskCheck(written, async () => 5e8)).toMatchObject({ status: "problem", detail: "0.5 GB free" });
    expect((await diskCheck(written, async () => 5e9)).fix).toBeUndefined();
  });
});

describe("engines", () => {
  const linux = { platform: "linux", arch: "x64", hasNvidia: true } as const;
  const package_ = { folder: "/x", version: "1.30.0" };

  test("without a build for the platform are told", () => {
    const mac = { platform: "darwin", arch: "x64", hasNvidia: false } as const;
    expect(runtimeFound(package_, null, mac).detail).toBe("onnxruntime-node 1.30.0 has no build for darwin x64");
    expect(runtimeFound(null, null, mac).status).toBe("missing");
  });

  test("that compute tell their speed", () => {
    expect(cpuFound({ works: true, speed: 99.6 })).toEqual({ status: "ok", detail: "works, 100 GFLOP/s" });
    const slow = webGpuFound({ works: true, webgpu: 0.043, cpu: 22 }, null, undefined);
    expect(slow).toEqual({
      status: "info",
      detail: "works, but slower than the CPU: 0.04 GFLOP/s beside 22 GFLOP/s of the CPU",
    });
  });

  test("that do not work say what to do", () => {
    const refused = { works: false, reason: "There is no GPU" } as const;
    expect(webGpuFound(refused, null, "Vulkan loader")).toMatchObject({ fix: 'see "Vulkan loader" below' });
    expect(webGpuFound(refused, "there is none", undefined)).toEqual({ status: "missing", detail: "there is none" });
    expect(cpuFound({ works: false, reason: "x", hint: "y" })).toEqual({ status: "problem", detail: "x", fix: "y" });
  });

  test("of CUDA are optional, and for Linux on x64", () => {
    expect(cudaFound(null, linux)).toMatchObject({ status: "missing", fix: expect.stringContaining("install=cuda12") });
    expect(cudaFound(null, { ...linux, hasNvidia: false }).status).toBe("info");
    expect(cudaFound(null, { ...linux, platform: "win32" }).detail).toContain("Linux on x64 only");
    expect(tensorflowFound(null, null, linux).fix).toContain("npm install --ignore-scripts @tensorflow/tfjs-node-gpu");
    const broken = { works: false, reason: "built for another Node.js", hint: "build it again" } as const;
    expect(tensorflowFound("4.22.0", broken, linux)).toMatchObject({
      status: "problem",
      fix: "build it again",
    });
  });

  test("that are not there are tried, and end in a sentence", async () => {
    const cuda = await tryEngineApart("cuda");
    expect(cuda.works || cuda.reason).toBeTruthy();
  });
});

describe("the hub", () => {
  const settings = { endpoint: "https://huggingface.co", offline: false, token: null };

  test("has a cache whose size is told, up to a number of files", async () => {
    const blobs = join(folder, "hub", "models--acme--tiny", "blobs");
    await mkdir(blobs, { recursive: true });
    for (const name of ["a", "b"]) await writeFile(join(blobs, name), new Uint8Array(2_500_000));
    const ask = async (most?: number) => {
      const [cache] = await Promise.all(hubChecks({ ...settings, cacheFolder: join(folder, "hub") }, most));
      return cache?.detail.slice(folder.length);
    };
    expect(await ask()).toBe("/hub, 5 MB in 1 model or dataset");
    expect(await ask(3)).toBe("/hub, more than 3 MB in 1 model or dataset");
  });

  test("has a cache that may not be there yet, or be a file", async () => {
    const [absent] = await Promise.all(hubChecks({ ...settings, cacheFolder: join(folder, "x", "y") }));
    expect(absent).toMatchObject({ status: "ok", detail: expect.stringContaining("which the first download makes") });
    await writeFile(join(folder, "file"), "");
    const [file] = await Promise.all(hubChecks({ ...settings, cacheFolder: join(folder, "file") }));
    expect(file?.status).toBe("problem");
  });

  test("is told without its token, and a mirror without its name", async () => {
    const hidden = { endpoint: "https://me:secret@mirror.acme.internal", offline: true, token: "hf_secret" };
    const [, access] = await Promise.all(hubChecks({ ...hidden, cacheFolder: folder }));
    expect(access?.detail).toBe(
      "another hub (HF_ENDPOINT), offline: nothing is downloaded (HF_HUB_OFFLINE), with a token",
    );
    const [, wrong] = await Promise.all(hubChecks({ ...hidden, endpoint: "mirror", cacheFolder: folder }));
    expect(wrong).toMatchObject({ status: "problem", detail: "HF_ENDPOINT is no address" });
  });
});

describe("the summary", () => {
  const line = (id: string, status: Check["status"], detail: string): Check => ({
    ...{ id, status, detail },
    section: "GPU",
    title: id,
  });
  const cpu = line("provider-cpu", "ok", "works");
  const skipped = (reason: string) => ({
    device: "cpu" as const,
    skipped: [{ device: "webgpu" as const, reason, absent: false }],
  });

  test("says what a GPU lacks rather than that there is none", () => {
    const loader = line("vulkan-loader", "missing", "libvulkan.so.1 is not installed");
    const none = skipped("There is no GPU that can be used here: no driver offers one");
    expect(summarise([cpu, loader], none)).toEqual({
      trains: true,
      summary: "Training runs here on the CPU; the GPU is not used: libvulkan.so.1 is not installed.",
    });
    expect(summarise([cpu], skipped("it is slower")).summary).toContain("not used: it is slower.");
  });

  test("names the GPU that is used, and what keeps the CPU from training", () => {
    expect(summarise([cpu], { device: "webgpu", skipped: [] }).summary).toContain("on the GPU (webgpu)");
    const broken = [line("onnxruntime", "problem", "has no build"), line("provider-cpu", "problem", "it ends")];
    expect(summarise(broken, skipped("x"))).toEqual({
      trains: false,
      summary: "Training does not run here: has no build.",
    });
  });
});
