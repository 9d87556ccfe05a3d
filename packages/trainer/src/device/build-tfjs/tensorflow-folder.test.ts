import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { findTensorflow } from "./tensorflow-folder.js";

const files = [
  "libtensorflow_cc.so.2",
  "libtensorflow_framework.so.2",
  "include/tensorflow/c/c_api.h",
  "include/tensorflow/c/eager/c_api.h",
  "include/tensorflow/core/platform/ctstring_internal.h",
];
const buildInfo = "python/platform/build_info.py";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "pavlov-tensorflow-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Files of a TensorFlow in a folder; what counts is that they are there. */
const put = async (where: string, names: readonly string[], text = ""): Promise<void> => {
  for (const name of names) {
    const file = join(folder, where, name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
};

test.each([
  ["TensorFlow's own folder", "tensorflow", "tensorflow"],
  ["what a wheel unpacks to", "wheel/tensorflow", "wheel"],
  ["a virtual environment", ".venv/lib/python3.12/site-packages/tensorflow", ".venv"],
  ["the folder that pip installs to", "lib/site-packages/tensorflow", "lib/site-packages"],
])("finds TensorFlow in %s", async (_, where, given) => {
  await put(where, files);
  expect(findTensorflow(join(folder, given))).toEqual({
    folder: join(folder, where),
    include: join(folder, where, "include"),
    cuda: null,
  });
});

test("knows for which CUDA it was built", async () => {
  await put("tensorflow", files);
  const info = "[('cuda_version', '12.5.1'), ('cudnn_version', '9'), ('is_cuda_build', True)]";
  await put("tensorflow", [buildInfo], `build_info = collections.OrderedDict(${info})`);
  expect(findTensorflow(folder).cuda).toBe("12.5.1");
  await put("tensorflow", [buildInfo], "build_info = collections.OrderedDict([('is_cuda_build', False)])");
  expect(findTensorflow(folder).cuda).toBeNull();
});

test.each(files)("says that %s is missing", async (missing) => {
  await put(
    "tensorflow",
    files.filter((name) => name !== missing),
  );
  expect(() => findTensorflow(folder)).toThrow(`The TensorFlow in ${join(folder, "tensorflow")} has no ${missing}.`);
});

test("a folder of something else is named, and how to get the right one", async () => {
  await put("other", ["readme"]);
  expect(() => findTensorflow(join(folder, "other"))).toThrow("other holds no TensorFlow");
  expect(() => findTensorflow(join(folder, "nothing"))).toThrow(/There is no folder .*nothing/);
  try {
    findTensorflow(join(folder, "other"));
  } catch (error) {
    expect((error as { hint: string }).hint).toContain('pip install "tensorflow[and-cuda]"');
  }
});

test("a wheel that is still packed is to be unpacked", async () => {
  await put("", ["tensorflow-2.21.0.whl"]);
  expect(() => findTensorflow(join(folder, "tensorflow-2.21.0.whl"))).toThrow("is a wheel that is still packed");
});
