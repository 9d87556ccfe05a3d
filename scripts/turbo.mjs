// Runs turbo with its telemetry off (a build of this project talks to nobody) and without its summary: what it prints
// is shown where a task failed.
import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";

const turbo = createRequire(import.meta.url).resolve("turbo/bin/turbo");
const started = performance.now();
const { status, stdout, stderr } = spawnSync(
  process.execPath,
  [turbo, ...process.argv.slice(2), "--output-logs=errors-only"],
  {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1", TURBO_NO_UPDATE_NOTIFIER: "1" },
  },
);
if (status === 0) console.log(`built in ${((performance.now() - started) / 1000).toFixed(1)} s`);
else process.stderr.write(`${stdout ?? ""}${stderr ?? ""}`);
process.exit(status ?? 1);
