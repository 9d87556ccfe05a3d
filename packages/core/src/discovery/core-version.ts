/** The version of this package, which plugins name as a peer. */
import { readFileSync } from "node:fs";

let ownVersion: string | undefined;

/** The version of this package. */
export function coreVersion(): string {
  ownVersion ??= (
    JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }
  ).version;
  return ownVersion;
}
