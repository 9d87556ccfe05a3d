/** What the process that runs a plugin's code is asked, and what it tells while it works. */
import type { PluginManifest } from "@pavlov/core";
import type { Finding } from "./finding.js";

export interface InspectionRequest {
  /** Absolute path of the plugin's package. */
  readonly folder: string;
  /** URL of the built module. */
  readonly module: string;
  /** What messages call the plugin. */
  readonly shown: string;
  /** The package's version. */
  readonly version?: string;
  /** The package's homepage. */
  readonly docs?: string;
  /** Rewards to check; all of them where it is left out, and none of them where it is empty. */
  readonly rewards?: readonly string[];
  /** Milliseconds that importing the module may take. */
  readonly importTime: number;
  /** Milliseconds that scoring one completion may take. */
  readonly timeBudget: number;
}

export type InspectionEvent =
  /** Something that may never end begins: whoever listens ends the process after so many milliseconds. */
  | { readonly kind: "begin"; readonly what: string; readonly reward?: string; readonly limit: number }
  | { readonly kind: "finding"; readonly finding: Finding }
  /** The plugin could be described. */
  | { readonly kind: "described"; readonly manifest: PluginManifest }
  /** All checks of a reward were made. */
  | { readonly kind: "checked"; readonly reward: string; readonly fixtures: number; readonly checks: number }
  | { readonly kind: "done" };

/** Tells an event, and resolves when it has left the process: what comes next may never let it leave. */
export type Report = (event: InspectionEvent) => Promise<void>;

/** How much longer than for one completion a check of several may take. */
export const PATIENCE = 3;
