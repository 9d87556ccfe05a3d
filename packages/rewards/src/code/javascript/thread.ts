// A worker thread that runs JavaScript programs in QuickJS, one after the other.
import { parentPort, workerData } from "node:worker_threads";
import imported from "@jitl/quickjs-ng-wasmfile-release-sync";
import { newQuickJSWASMModuleFromVariant, newVariant, type QuickJSSyncVariant } from "quickjs-emscripten-core";
import type { Task } from "../execution.js";
import { runJavaScript } from "./run-javascript.js";
import type { ThreadData } from "./thread-data.js";

// The package's types are those of its CommonJS form, which has one more default.
const variant = imported as unknown as QuickJSSyncVariant;
const { limits, quickJs: wasmModule } = workerData as ThreadData;
const quickJs = await newQuickJSWASMModuleFromVariant(newVariant(variant, { wasmModule }));
parentPort?.on("message", (task: Task) => parentPort?.postMessage(runJavaScript(quickJs, task, limits)));
parentPort?.postMessage("ready");
