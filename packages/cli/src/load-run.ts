/** From a config file to what the trainer takes: rewards composed, datasets read and checked, paths made absolute. */
import {
  checkDataset,
  composeFromConfig,
  createRegistry,
  loadConfig,
  loadDataset,
  resolveConfigPaths,
  type Composite,
  type Dataset,
  type LoadedConfig,
} from "@pavlov/core";
import builtIn from "@pavlov/rewards";
import { configSchema, sftFileSchema, type Config, type SFTFile } from "./config-schema.js";

/** Command-line options that change a config. */
export interface ConfigOptions {
  /** `--set a.b=c`, as typed after `--set`. */
  readonly set?: readonly string[];
  /** `--output`, from the working directory. */
  readonly output?: string;
  /** `--seed` */
  readonly seed?: number;
  /** `--model`, from the working directory. */
  readonly model?: string;
}

/** A checked config with absolute paths. */
export interface OpenedConfig<Value> {
  readonly config: Value;
  readonly loaded: LoadedConfig<Value>;
}

/** Reads and checks the config of `train`, `eval`, `score` and `config`. */
export async function openConfig(path: string | undefined, options: ConfigOptions): Promise<OpenedConfig<Config>> {
  const loaded = await loadConfig({ path, schema: configSchema, overrides: overrides(options) });
  return { config: replaceFolders(resolveConfigPaths(loaded.value, loaded.folder), options), loaded };
}

/** Reads and checks the config of `sft`. */
export async function openSFTFile(path: string | undefined, options: ConfigOptions): Promise<OpenedConfig<SFTFile>> {
  const loaded = await loadConfig({ path, schema: sftFileSchema, overrides: overrides(options) });
  return { config: replaceFolders(resolveConfigPaths(loaded.value, loaded.folder), options), loaded };
}

function overrides({ set = [], seed }: ConfigOptions): readonly string[] {
  return seed === undefined ? set : [...set, `train.seed=${seed}`];
}

/** Folders given on the command line are the user's own: relative to where the user is, not to the config. */
function replaceFolders<Value extends { model: string; output: string }>(
  config: Value,
  { output, model }: ConfigOptions,
): Value {
  const from = process.cwd();
  return {
    ...config,
    ...(output === undefined ? {} : resolveConfigPaths({ output }, from)),
    ...(model === undefined ? {} : resolveConfigPaths({ model: asPath(model) }, from)),
  };
}

const asPath = (folder: string): string => (/^[./\\]/.test(folder) ? folder : `./${folder}`);

/** The rewards of a config as one composite. Errors name the line. */
export async function openRewards({ config, loaded }: OpenedConfig<Config>): Promise<Composite> {
  const module = import.meta.resolve("@pavlov/rewards");
  const registry = createRegistry({ plugins: [{ plugin: builtIn, module }], cwd: loaded.folder });
  return composeFromConfig(config, (reference) => registry.resolve(reference), loaded);
}

/** The datasets of a config. Each has the columns that the rewards read. */
export async function openDatasets(
  { config }: OpenedConfig<Config>,
  rewards: Composite,
): Promise<{ readonly dataset: Dataset; readonly evalDataset?: Dataset }> {
  const dataset = await checkDataset(await loadDataset(config.dataset), rewards);
  if (config.evalDataset === undefined) return { dataset };
  return { dataset, evalDataset: await checkDataset(await loadDataset(config.evalDataset), rewards) };
}
