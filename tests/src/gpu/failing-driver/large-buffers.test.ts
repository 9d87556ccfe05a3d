/** A GPU whose programs see 128 MiB of a buffer at once, as every GPU's do, and a table and a cache beyond. */
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { compileFailingDriver, whyNoFailingDriver } from "./failing-driver.test.fixture.js";

const built = (path: string): string => new URL(path, import.meta.resolve("@pavlov/trainer")).href;

const script = `
  const { createOnnxRuntimeEngine } = await import(${JSON.stringify(built("engine/onnxruntime/engine.js"))});
  const { scattersTo } = await import(${JSON.stringify(built("engine/scatter-trial.js"))});
  const { createDeviceRows } = await import(${JSON.stringify(built("policy/layered/device-rows.js"))});
  const engine = await createOnnxRuntimeEngine({ provider: "webgpu" });
  const rows = createDeviceRows(engine);
  const [count, width] = [34_000, 1024];
  const table = await rows.zeros([count, width]);
  const ids = Int32Array.of(count - 1, 0, count - 1);
  const added = await engine.resident(new Float32Array(3 * width).map((_, index) => 1 + (index % width)), [3, width]);
  await rows.addTo(table, ids, added, 2);
  const read = await (await rows.gather(table, Int32Array.of(0, 1, count - 1), 1)).read();
  const scatters = [await scattersTo(engine, 2 ** 27), await scattersTo(engine, 4 * count * width)];
  console.log("report " + JSON.stringify({ read: [0, 5, width, 2 * width, 3 * width - 1].map((at) => read[at]), scatters }));
  process.exit(0);`;

test.skipIf(whyNoFailingDriver() !== null)(
  "rows of a large table are added up, and large caches are refused",
  async () => {
    const folder = await mkdtemp(join(tmpdir(), "pavlov-large-"));
    const env = { ...process.env, ...(await compileFailingDriver(folder)), FAILING_DRIVER_RANGE: String(2 ** 27) };
    const args = ["--input-type=module", "-e", script];
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { env, timeout: 170_000 });
    await rm(folder, { recursive: true });
    const line = stdout.split("\n").find((each) => each.startsWith("report ")) ?? "";
    expect(JSON.parse(line.slice("report ".length))).toEqual({
      read: [2, 12, 0, 4, 4 * 1024],
      scatters: [true, false],
    });
    // What is tried is not told.
    expect(stderr).not.toContain("ScatterND");
  },
  180_000,
);
