/**
 * Packs what checks and times training on a GPU into one file, for a Linux machine on x64 that has nothing but a GPU and
 * its driver: Node.js, the check as one bundle, ONNX Runtime, and the same work in PyTorch to compare with.
 *
 *     npm run build && node scripts/gpu-kit.mjs [gpu-kit.tar.xz]
 *     # there: tar xf gpu-kit.tar.xz && gpu-kit/run.sh [--only parity,memory,bench] [--steps 200]
 */
import { execFileSync } from "node:child_process";
import { chmod, copyFile, cp, mkdir, mkdtemp, realpath, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** A machine that takes the file may take no more. */
const mostMegabytes = 60;

const root = fileURLToPath(new URL("..", import.meta.url));
const target = resolve(process.argv[2] ?? "gpu-kit.tar.xz");
if (process.platform !== "linux" || process.arch !== "x64") {
  throw new Error(
    "The kit carries the Node.js and the ONNX Runtime of the machine that packs it: pack it on Linux, x64.",
  );
}
/** The folder of an installed package, as a file of another one finds it. */
function packageFolder(name, from) {
  const entry = createRequire(from).resolve(name);
  return entry.slice(0, entry.lastIndexOf(`/${name}/`) + name.length + 1);
}

const folder = await mkdtemp(join(tmpdir(), "pavlov-gpu-kit-"));
const kit = join(folder, "gpu-kit");
try {
  await mkdir(join(kit, "node_modules"), { recursive: true });
  const bundle = await rolldown({
    input: join(root, "tests/dist/gpu/main.js"),
    platform: "node",
    external: ["onnxruntime-node"],
    logLevel: "silent",
  });
  await bundle.write({
    dir: kit,
    format: "esm",
    minify: true,
    entryFileNames: "check.mjs",
    chunkFileNames: "[name]-[hash].mjs",
  });

  const runtime = packageFolder("onnxruntime-node", join(root, "packages/trainer/package.json"));
  const common = packageFolder("onnxruntime-common", join(runtime, "package.json"));
  const isOfOther = (path) =>
    /\/bin\/napi-v\d+\/(?!linux(?:$|\/x64|\/?$))/.test(path) || /\.(?:map|md|d\.ts)$/.test(path);
  await cp(runtime, join(kit, "node_modules/onnxruntime-node"), {
    recursive: true,
    filter: (path) => !isOfOther(path) && !path.includes("/linux/arm64"),
  });
  await cp(common, join(kit, "node_modules/onnxruntime-common"), {
    recursive: true,
    filter: (path) => !isOfOther(path),
  });

  await copyFile(await realpath(process.execPath), join(kit, "node"));
  await copyFile(join(root, "tests/src/gpu/peer.py"), join(kit, "peer.py"));
  await writeFile(
    join(kit, "run.sh"),
    `#!/bin/sh
# Checks and times training on this machine's GPU, then the same work in PyTorch where that is installed.
here=$(cd "$(dirname "$0")" && pwd)
command -v nvidia-smi >/dev/null && nvidia-smi --query-gpu=name,memory.total,driver_version --format=csv,noheader
"$here/node" "$here/check.mjs" "$@"
code=$?
case "$*" in *--only*bench* | "") ;; *--only*) exit $code ;; esac
if command -v python3 >/dev/null; then
  for generations in 8 32; do python3 "$here/peer.py" --generations "$generations"; done
fi
exit $code
`,
  );
  for (const program of ["run.sh", "node"]) await chmod(join(kit, program), 0o755);
  execFileSync("tar", ["-cJf", target, "-C", folder, "gpu-kit"], { env: { ...process.env, XZ_OPT: "-2 -T0" } });
  const { size } = await stat(target);
  const megabytes = size / 2 ** 20;
  process.stdout.write(`${target}: ${megabytes.toFixed(1)} MB (at most ${mostMegabytes})\n`);
  if (megabytes > mostMegabytes) process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true });
}
