/** Why tfjs-node-gpu does not load: what Node.js and the dynamic linker say, and what users read. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PavlovError } from "@pavlov/core";
import { explainDeviceError } from "../onnxruntime/device-errors.js";
import { explainLoadFailure, noGpu, packageMissing } from "./node-gpu-errors.js";
import { findNodeGpuFolder, nodeGpuAddon } from "./node-gpu-folder.js";

test.each([
  [
    "The Node.js native addon module (tfjs_binding.node) can not be found at path: /p/lib/napi-v8/tfjs_binding.node. \n" +
      "Please run command 'npm rebuild @tensorflow/tfjs-node-gpu --build-addon-from-source' to rebuild the native addon module.",
    "@tensorflow/tfjs-node-gpu has no addon (/p/lib/napi-v8/tfjs_binding.node): its install script did not run.",
  ],
  [
    "The module '/p/tfjs_binding.node'\nwas compiled against a different Node.js version using\nNODE_MODULE_VERSION 108.",
    `The addon of @tensorflow/tfjs-node-gpu was built for another version of Node.js than ${process.version}.`,
  ],
  [
    "libtensorflow_cc.so.2: cannot open shared object file: No such file or directory",
    "The addon of @tensorflow/tfjs-node-gpu does not find TensorFlow's library libtensorflow_cc.so.2.",
  ],
  [
    "libcudart.so.11.0: cannot open shared object file: No such file or directory",
    "The addon of @tensorflow/tfjs-node-gpu does not find the library libcudart.so.11.0.",
  ],
  [
    "/p/tfjs_binding.node: invalid ELF header",
    "The addon of @tensorflow/tfjs-node-gpu is damaged, or was built for another system than this one.",
  ],
  [
    "/p/tfjs_binding.node: cannot read file data",
    "The addon of @tensorflow/tfjs-node-gpu is damaged, or was built for another system than this one.",
  ],
  [
    "/p/tfjs_binding.node: undefined symbol: TFE_NewContext",
    "The addon of @tensorflow/tfjs-node-gpu does not fit the libraries that are here (TFE_NewContext).",
  ],
  [
    "/lib/libm.so.6: version `GLIBC_2.38' not found (required by /p/libtensorflow_cc.so.2)",
    "The addon of @tensorflow/tfjs-node-gpu does not fit the libraries that are here (GLIBC_2.38).",
  ],
  ["Something else.\nWith details", "@tensorflow/tfjs-node-gpu does not load: Something else."],
])("%s", (said, told) => {
  const explained = explainLoadFailure(new Error(said));
  expect(explained.message).toBe(told);
  expect(explained.hint).toContain("pavlov gpu build-tfjs --tensorflow");
});

test("a missing package and a missing GPU are told with what helps", () => {
  expect(packageMissing().hint).toContain("npm install --ignore-scripts @tensorflow/tfjs-node-gpu");
  expect(noGpu().hint).toContain("nvidia-smi");
});

test("TensorFlow's lack of memory on the GPU is told as such", () => {
  const said = "Invalid TF_Status: 8\nMessage: OOM when allocating tensor with shape[8192,8192] and type float";
  const explained = explainDeviceError(new Error(said), { device: "tensorflow", doing: "running the program train" });
  expect(PavlovError.isInstance(explained)).toBe(true);
  expect((explained as PavlovError).message).toContain("The GPU's memory is not enough");
});

describe("the package's folder", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "pavlov-node-gpu-"));
    const binary = {
      module_name: "tfjs_binding",
      module_path: "./lib/napi-v{napi_build_version}",
      napi_versions: [3, 8],
    };
    await writeFile(join(folder, "package.json"), JSON.stringify({ version: "4.22.0", binary }));
    await mkdir(join(folder, "other"));
    await writeFile(join(folder, "other", "package.json"), "{}");
  });
  afterAll(() => rm(folder, { recursive: true }));

  test("is the one that a variable names", () => {
    process.env["PAVLOV_TFJS_NODE"] = folder;
    try {
      expect(findNodeGpuFolder()).toBe(folder);
    } finally {
      delete process.env["PAVLOV_TFJS_NODE"];
    }
  });

  test("says where the addon of this Node.js lies", () => {
    const addon = { version: "4.22.0", apiVersion: 8, file: join(folder, "lib", "napi-v8", "tfjs_binding.node") };
    expect(nodeGpuAddon(folder)).toEqual(addon);
    expect(nodeGpuAddon(folder, 7)?.apiVersion).toBe(3);
  });

  test("is not that of another package", () => {
    expect(nodeGpuAddon(join(folder, "other"))).toBeNull();
    expect(nodeGpuAddon(join(folder, "nowhere"))).toBeNull();
  });
});
