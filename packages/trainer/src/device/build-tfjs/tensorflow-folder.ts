/** Finds the headers and libraries of TensorFlow in what pip installed or a wheel unpacks to. */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { PavlovError } from "@pavlov/core";

/** What an addon is linked with, in this order. */
export const tensorflowLibraries = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"] as const;

/** Headers that tfjs-node's addon includes: of the C API, its eager half, and strings. */
const headers = [
  "tensorflow/c/c_api.h",
  "tensorflow/c/eager/c_api.h",
  "tensorflow/core/platform/ctstring_internal.h",
] as const;

/** A TensorFlow that an addon can be built against. */
export interface TensorflowFolder {
  /** The folder `tensorflow` itself, which holds the libraries. */
  readonly folder: string;
  /** Its headers. */
  readonly include: string;
  /** The version of CUDA that it is built for; null where it computes on the CPU alone. */
  readonly cuda: string | null;
}

/** How users get such a folder. */
const download =
  'pip install "tensorflow[and-cuda]" (or tensorflow-cpu, to try it without a GPU), then --tensorflow ' +
  '"$(python3 -c \'import importlib.util as u; print(u.find_spec("tensorflow").submodule_search_locations[0])\')"';

/** Where the folder `tensorflow` may lie, seen from one that a user names: a virtual environment among them. */
function candidates(given: string): readonly string[] {
  const libraries = join(given, "lib");
  const pythons = isFolder(libraries) ? readdirSync(libraries).filter((name) => name.startsWith("python3")) : [];
  return [
    given,
    join(given, "tensorflow"),
    join(given, "site-packages", "tensorflow"),
    ...pythons.map((python) => join(libraries, python, "site-packages", "tensorflow")),
  ];
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;

/** The CUDA of `build_info`, which TensorFlow's build writes beside its Python modules. */
function cudaOf(folder: string): string | null {
  const file = join(folder, "python", "platform", "build_info.py");
  if (!existsSync(file)) return null;
  const text = readFileSync(file, "utf8");
  if (!/'is_cuda_build', True/.test(text)) return null;
  return /'cuda_version', '([\d.]+)'/.exec(text)?.[1] ?? "an unknown version";
}

/**
 * Finds TensorFlow in a folder: `site-packages/tensorflow`, what a wheel unpacks to, or a virtual environment.
 *
 * @throws PavlovError that says which header or library is missing, and how to get them.
 */
export function findTensorflow(given: string): TensorflowFolder {
  const path = resolve(given);
  if (!isFolder(path)) {
    const isWheel = path.endsWith(".whl") && existsSync(path);
    throw new PavlovError(isWheel ? `${given} is a wheel that is still packed.` : `There is no folder ${given}.`, {
      hint: isWheel
        ? `Unpack it: python3 -m zipfile -e ${given} tensorflow-wheel, then --tensorflow tensorflow-wheel.`
        : `It should be TensorFlow's, as pip installs it: ${download}.`,
    });
  }
  const folder = candidates(path).find((each) => tensorflowLibraries.some((name) => existsSync(join(each, name))));
  if (folder === undefined) {
    throw new PavlovError(
      `${given} holds no TensorFlow: neither it nor tensorflow in it has ${tensorflowLibraries[0]}.`,
      {
        hint: `Name the folder of TensorFlow's wheel for Linux: ${download}.`,
      },
    );
  }
  const include = join(folder, "include");
  const needed = [
    ...tensorflowLibraries.map((name) => join(folder, name)),
    ...headers.map((name) => join(include, name)),
  ];
  const missing = needed.find((file) => !existsSync(file));
  if (missing !== undefined) {
    throw new PavlovError(`The TensorFlow in ${folder} has no ${missing.slice(folder.length + 1)}.`, {
      hint: `TensorFlow 2.21 for Linux has what is needed: ${download}.`,
    });
  }
  return { folder, include, cuda: cudaOf(folder) };
}
