/** The rules on a plugin's package.json, which need none of its code. */
import { pluginApiVersion } from "@pavlov/core";
import { coreVersion, pluginKeyword, pluginNamePattern } from "@pavlov/core/plugins";
import { importTarget } from "../entry-points.js";
import type { Finding } from "../finding.js";
import { hasFile, type PluginFolder } from "../plugin-folder.js";

const core = "@pavlov/core";
/** Packages that whoever uses a plugin has already, and of which there must be one. */
const hosts = [core, "pavlov", "@pavlov/trainer"];
const installScripts = ["preinstall", "install", "postinstall"];

/** Every rule of package.json that is broken. */
export async function packageFindings(plugin: PluginFolder): Promise<readonly Finding[]> {
  return [
    ...nameFindings(plugin),
    ...dependencyFindings(plugin),
    ...(await scriptFindings(plugin)),
    ...exportFindings(plugin),
    ...privateFindings(plugin),
    ...filesFindings(plugin),
  ];
}

function nameFindings({ file: { name, keywords } }: PluginFolder): Finding[] {
  const findings: Finding[] = [];
  const isName = name !== undefined && pluginNamePattern.test(name) && name === name.toLowerCase();
  if (!isName) {
    const given =
      name === undefined ? "package.json has no name." : `The name ${JSON.stringify(name)} is not a plugin's.`;
    const fix = "Name it pavlov-reward-something or @scope/pavlov-reward-something, in lower case.";
    findings.push({ rule: "name", message: given, fix });
  }
  if (!keywords.includes(pluginKeyword)) {
    const message = `The keywords of package.json lack "${pluginKeyword}", by which registries and projects know plugins.`;
    const list = JSON.stringify([pluginKeyword, ...keywords.slice(0, 3)]).replaceAll(",", ", ");
    findings.push({ rule: "keyword", message, fix: `Write: "keywords": ${list}` });
  }
  return findings;
}

function dependencyFindings({ file }: PluginFolder): Finding[] {
  const { dependencies, optionalDependencies, peerDependencies, optionalPeers } = file;
  const installed = hosts.filter((name) => name in dependencies || name in optionalDependencies);
  const findings = installed.map((name): Finding => ({
    rule: "host",
    message: `${name} is a dependency: it would be installed a second time beside the one that uses the plugin.`,
    fix: name === core ? `Move it to "peerDependencies".` : `Move it to "devDependencies".`,
  }));
  const write = `Write: "peerDependencies": { "${core}": "^${coreVersion()}" }`;
  if (!(core in peerDependencies)) {
    if (installed.includes(core)) return findings;
    findings.push({ rule: "peer", message: `${core} is not among the peer dependencies.`, fix: write });
  } else if (optionalPeers.includes(core)) {
    const message = `${core} is an optional peer, and the plugin cannot do without it.`;
    findings.push({ rule: "peer", message, fix: 'Remove it from "peerDependenciesMeta".' });
  }
  return findings;
}

async function scriptFindings(plugin: PluginFolder): Promise<Finding[]> {
  const { scripts } = plugin.file;
  const fix = "Remove it: build before publishing instead, in prepublishOnly.";
  const findings = installScripts
    .filter((name) => Object.hasOwn(scripts, name))
    .map((name): Finding => ({
      rule: "install-scripts",
      message: `The script "${name}" runs where the plugin is installed (${scripts[name]}), which plugins must not do.`,
      fix,
    }));
  const compiles = (await hasFile(plugin, "binding.gyp")) && !["preinstall", "install"].some((name) => name in scripts);
  if (compiles) {
    const message = "There is a binding.gyp, for which npm runs node-gyp where the plugin is installed.";
    findings.push({ rule: "install-scripts", message, fix: "Remove it: a plugin must not compile anything there." });
  }
  return findings;
}

function exportFindings({ file, entry, manifest }: PluginFolder): Finding[] {
  const { exports, pavlov } = file;
  const findings: Finding[] = [];
  const add = (message: string, fix: string): void => void findings.push({ rule: "exports", message, fix });
  const manifestField = `Write: "pavlov": { "apiVersion": ${pluginApiVersion}, "manifest": "./dist/manifest.json" }`;
  if (manifest === undefined) add('package.json has no "pavlov" field that says where the manifest is.', manifestField);
  else if (pavlov?.apiVersion !== pluginApiVersion) {
    const given = JSON.stringify(pavlov?.apiVersion) ?? "nothing";
    add(`"apiVersion" under "pavlov" is ${given}, and this is version ${pluginApiVersion}.`, manifestField);
  }
  if (entry === undefined) {
    const fix = 'Write: ".": { "types": "./dist/index.d.ts", "default": "./dist/index.js" }';
    add('"exports" has no "." that leads to the plugin.', fix);
  }
  const wanted = { "./manifest.json": manifest ?? "./dist/manifest.json", "./package.json": "./package.json" };
  for (const [subpath, target] of Object.entries(wanted)) {
    const given = importTarget(exports, subpath);
    if (given === target) continue;
    const what = given === undefined ? `has no "${subpath}"` : `leads from "${subpath}" to ${given}`;
    add(`"exports" ${what}.`, `Write: "${subpath}": "${target}"`);
  }
  return findings;
}

function privateFindings({ file: { isPrivate } }: PluginFolder): Finding[] {
  if (!isPrivate) return [];
  const message = 'package.json says "private": true, and npm publishes no such package.';
  return [{ rule: "files", message, fix: 'Remove "private" from package.json.' }];
}

function filesFindings({ file: { files } }: PluginFolder): Finding[] {
  if (files !== undefined && files.length > 0) return [];
  const message = 'package.json has no "files": all that lies in the folder would be published.';
  return [{ rule: "files", message, fix: 'Write: "files": ["dist", "fixtures"]' }];
}
