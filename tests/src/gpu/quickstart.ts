/**
 * The quickstart's first steps by the command, on the CPU and on a device: the same completions and the same metrics,
 * also where a run that the CPU began goes on there. `node quickstart.js [--device webgpu] [--completions 8]`; fewer
 * completions of a step than the quickstart's 128, since a GPU that a processor plays is slow. Ends with the line
 * "N passed, N failed".
 */
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs, promisify } from "node:util";

const { values: options } = parseArgs({
  options: { device: { type: "string", default: "webgpu" }, completions: { type: "string", default: "8" } },
});

const root = fileURLToPath(new URL("../../..", import.meta.url));
const command = join(createRequire(import.meta.url).resolve("pavlov/package.json"), "../dist/main.js");
const folder = await mkdtemp(join(tmpdir(), "pavlov-gpu-quickstart-"));
const say = (line: string): void => void process.stdout.write(`${line}\n`);

/** Relative; numbers near zero may differ by a hundredth of it. */
const bar = 1e-3;

type Metrics = Readonly<Record<string, number | null>>;

/** Into a new folder, or on from a checkpoint in the folder that it has. */
const train = async (
  device: string,
  place: { readonly output: string } | { readonly resume: string },
): Promise<void> => {
  const settings = [
    ...[`perDeviceTrainBatchSize=${options.completions}`, "maxSteps=3", "saveSteps=2"].map((each) => `train.${each}`),
    ...["evaluate.before=false", "evaluate.after=false"],
  ];
  const where = "output" in place ? ["--output", place.output] : ["--resume", place.resume];
  const args = ["train", join(root, "examples/quickstart/pavlov.config.yaml"), "--device", device, ...where];
  const all = [...args, ...settings.flatMap((each) => ["--set", each]), "--quiet"];
  await promisify(execFile)(process.execPath, [command, ...all], { cwd: root });
};

const metricsOf = async (run: string): Promise<Metrics[]> =>
  (await readFile(join(run, "metrics.jsonl"), "utf8"))
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Metrics);

const completionsOf = async (run: string): Promise<string[]> => {
  const names = (await readdir(join(run, "completions"))).toSorted();
  const files = await Promise.all(names.map((name) => readFile(join(run, "completions", name), "utf8")));
  const texts = files.flatMap((text) => text.split("\n").filter((line) => line !== ""));
  return texts.map((line) => String((JSON.parse(line) as { completion: unknown }).completion));
};

/** What depends on nothing but the numbers that were computed. */
const isComparable = (name: string): boolean => !/time|seconds|memory|timestamp/i.test(name);

let [passed, failed] = [0, 0];
const note = (name: string, ok: boolean, detail: string): void => {
  if (ok) passed++;
  else failed++;
  say(`${ok ? "ok    " : "FAILED"} ${name}: ${detail}`);
};

const compare = (name: string, actual: Metrics | undefined, expected: Metrics | undefined): void => {
  const numbers = Object.entries(expected ?? {}).filter(
    ([key, value]) => isComparable(key) && typeof value === "number",
  );
  const distances = numbers.map(([key, value]) => {
    const given = actual?.[key];
    const distance = typeof given === "number" ? Math.abs(given - (value as number)) : Number.POSITIVE_INFINITY;
    return { key, distance: distance / (Math.abs(value as number) + 0.01) };
  });
  const worst = distances.reduce((a, b) => (b.distance > a.distance ? b : a), { key: "none", distance: 0 });
  const detail = `${numbers.length} metrics; largest difference ${worst.distance.toExponential(1)} (${worst.key})`;
  note(name, numbers.length > 10 && worst.distance < bar, detail);
};

try {
  const [cpu, device, moved] = ["cpu", "device", "moved"].map((name) => join(folder, name)) as [string, string, string];
  await train("cpu", { output: cpu });
  await train(options.device, { output: device });
  await cp(cpu, moved, { recursive: true });
  await train(options.device, { resume: join(moved, "checkpoints", "step-000002") });
  const expected = await metricsOf(cpu);
  const [all, resumed] = [await metricsOf(device), await metricsOf(moved)];
  expected.forEach((metrics, step) => compare(`step ${step + 1}`, all[step], metrics));
  compare("step 3 after a checkpoint of the CPU", resumed.at(-1), expected.at(-1));
  const [wanted, given] = [await completionsOf(cpu), await completionsOf(device)];
  const same = wanted.filter((text, row) => text === given[row]).length;
  note("completions", same === wanted.length && wanted.length > 0, `${same} of ${wanted.length} are the same`);
} catch (error) {
  note("the run", false, error instanceof Error ? (error.stack ?? error.message) : String(error));
} finally {
  await rm(folder, { recursive: true, force: true });
}
say(`${passed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
