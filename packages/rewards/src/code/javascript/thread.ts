// A worker thread that runs JavaScript programs in QuickJS, one after the other.
import { parentPort, workerData } from "node:worker_threads";
import { newQuickJSWASMModuleFromVariant } from "quickjs-emscripten-core";
import type { Limits, Task } from "../execution.js";
import { runJavaScript } from "./run-javascript.js";

const limits = workerData as Limits;
const quickJs = await newQuickJSWASMModuleFromVariant(import("@jitl/quickjs-ng-wasmfile-release-sync"));
parentPort?.on("message", (task: Task) => parentPort?.postMessage(runJavaScript(quickJs, task, limits)));
parentPort?.postMessage("ready");
