/** Has a plugin's code run in processes of their own, each ended where it hangs, and gathers what they tell. */
import { fork, type ChildProcess } from "node:child_process";
import { createRequire } from "node:module";
import type { PluginManifest } from "@pavlov/core";
import type { Finding } from "./finding.js";
import type { InspectionEvent, InspectionRequest } from "./inspection.js";

/** What is known of a plugin after its code has run. */
export interface Inspection {
  readonly findings: readonly Finding[];
  /** The manifest of the code; absent where something keeps it from being described. */
  readonly manifest?: PluginManifest;
  /** What was tried of each reward whose checks came to their end. */
  readonly checked: readonly { readonly reward: string; readonly fixtures: number; readonly checks: number }[];
}

export interface InspectOptions {
  readonly signal: AbortSignal;
  /** Told what is being tried. */
  readonly onProgress?: (what: string) => void;
}

/** Characters of what a process printed that are shown where it broke down. */
const SHOWN = 2000;

const entry = (): string => createRequire(import.meta.url).resolve("pavlov/plugin-process");

/** Inspects a plugin. A reward that hangs or ends the process is told of, and the others are tried all the same. */
export async function inspect(request: InspectionRequest, options: InspectOptions): Promise<Inspection> {
  const findings: Finding[] = [];
  const checked: Inspection["checked"][number][] = [];
  let manifest: PluginManifest | undefined;
  let { rewards } = request;
  for (let isFirst = true; ; isFirst = false) {
    const run = await runOnce({ ...request, ...(rewards && { rewards }) }, options);
    if (isFirst) findings.push(...run.findings);
    // What is wrong with the plugin as a whole is told once; what each process tries of rewards is another's.
    else findings.push(...run.findings.filter(({ reward }) => reward !== undefined && rewards?.includes(reward)));
    checked.push(...run.checked);
    manifest ??= run.manifest;
    const broken = run.broken?.reward;
    const names = Object.keys(manifest?.rewards ?? {});
    if (broken === undefined || !names.includes(broken)) break;
    const left = names.slice(names.indexOf(broken) + 1).filter((name) => rewards?.includes(name) ?? true);
    if (left.length === 0) break;
    rewards = left;
  }
  return { findings, checked, ...(manifest && { manifest }) };
}

interface Run extends Inspection {
  /** The reward with which the process ended before its time, if that was a reward's. */
  readonly broken?: { readonly reward: string | undefined };
}

function runOnce(request: InspectionRequest, { signal, onProgress }: InspectOptions): Promise<Run> {
  signal.throwIfAborted();
  const child = fork(entry(), {
    // Files are called as from there.
    cwd: request.folder,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    execArgv: [],
  });
  const printed = gatherOutput(child);
  const findings: Finding[] = [];
  const checked: Inspection["checked"][number][] = [];
  let manifest: PluginManifest | undefined;
  let [what, reward]: [string, string | undefined] = ["starting", undefined];
  let [done, timedOut] = [false, false];
  let limit = 0;
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => void child.kill("SIGKILL");
  signal.addEventListener("abort", end, { once: true });

  child.on("message", (event: InspectionEvent) => {
    clearTimeout(timer);
    if (event.kind === "finding") findings.push(event.finding);
    else if (event.kind === "described") ({ manifest } = event);
    else if (event.kind === "checked") checked.push(event);
    else if (event.kind === "done") done = true;
    else {
      ({ what, reward, limit } = { reward: undefined, ...event });
      onProgress?.(reward === undefined ? what : `${reward}: ${what}`);
      timer = setTimeout(() => {
        timedOut = true;
        end();
      }, limit);
    }
  });
  child.send(request);

  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, killedBy) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", end);
      if (signal.aborted) return reject(signal.reason as Error);
      const found = { findings, checked, ...(manifest && { manifest }) };
      if (done) return resolve(found);
      const how = killedBy === null ? `with exit code ${code}` : `by ${killedBy}`;
      const finding = timedOut
        ? hung(request.shown, what, reward, limit)
        : crashed(request.shown, what, reward, how, printed());
      return resolve({ ...found, findings: [...findings, finding], broken: { reward } });
    });
  });
}

function gatherOutput(child: ChildProcess): () => string {
  let text = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => (text = (text + chunk).slice(-SHOWN)));
  }
  return () => text.trim();
}

function hung(shown: string, what: string, reward: string | undefined, limit: number): Finding {
  const time = `${limit / 1000} s`;
  if (reward === undefined) {
    const message = `${shown} could not be imported: it was still busy after ${time}.`;
    return { rule: "entry", message, fix: "What the module does at its top level must come to an end." };
  }
  return {
    rule: "survives",
    reward,
    message: `The reward "${reward}" was still busy after ${time}, where it was to do this: ${what}.`,
    fix: "Look for loops without an end and for regular expressions that backtrack; --time-budget gives a slow reward more.",
  };
}

function crashed(shown: string, what: string, reward: string | undefined, how: string, printed: string): Finding {
  const subject = reward === undefined ? shown : `The reward "${reward}"`;
  return {
    rule: reward === undefined ? "entry" : "survives",
    ...(reward !== undefined && { reward }),
    message: `${subject} ended the process ${how}, where it was to do this: ${what}.`,
    ...(printed !== "" && { details: printed.split("\n") }),
    fix: "A plugin must neither end the process nor leave errors of its own uncaught.",
  };
}
