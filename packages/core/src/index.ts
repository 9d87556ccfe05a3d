export type * from "./reward.js";
export type * from "./scorer/types.js";

// Define rewards and plugins
export { defineReward, isReward } from "./define-reward.js";
export { builtInNamespace, definePlugin, isPlugin, pluginApiVersion, type Plugin, type PresetUse } from "./plugin.js";
export {
  describePlugin,
  type DescribeOptions,
  type PluginManifest,
  type RewardManifest,
} from "./manifest/describe-plugin.js";

// Compose rewards
export { compose, type ComposedReward, type ComposedRow, type ComposeOptions } from "./compose/compose.js";
export type { Part } from "./compose/resolve-part.js";
export { use, type AnyUseOptions, type MappedColumns, type RunOptions, type UsedReward } from "./compose/use.js";
export { dataset, type DatasetBinding } from "./bind/dataset.js";
export { compileExpression, type CombineExpression, type NamedScores } from "./combine/compile-expression.js";

// Errors
export { errorMessage, PavlovError, type ErrorLocation, type PavlovErrorOptions } from "./error.js";
export { nearest, suggestion } from "./nearest-name.js";

// Schemas
export { compileJsonSchema, type CompileOptions, type JsonValidator } from "./schema/compile-json-schema.js";
export { emptySchema } from "./schema/empty-schema.js";
export {
  acceptsUnknownKeys,
  columnNames,
  columnSchema,
  requiredColumns,
  toJsonSchema,
  type JsonSchema,
} from "./schema/json-schema.js";
export {
  formatIssues,
  formatPath,
  validate,
  validateSync,
  valueAt,
  type SchemaIssue,
  type Validation,
} from "./schema/validate.js";
export type * from "./dataset/types.js";
export { checkDataset, checkRows, type CheckDatasetOptions, type MissingColumn } from "./dataset/check-columns.js";
export { datasetFromRows, loadDataset } from "./dataset/load-dataset.js";
export type { DatasetFormat } from "./dataset/format.js";
export type { DatasetOptions, PromptOptions, RowsOptions, SelectionOptions } from "./dataset/options.js";

// Score
export { createScorer } from "./scorer/create-scorer.js";
export { isComposite } from "./scorer/plan.js";

// Know one version of a reward's code from another
export {
  identifySource,
  type FileSource,
  type PackageSource,
  type SourceIdentity,
} from "./identity/identify-source.js";
export { recordRewards, type RewardRecord, type RewardsRecord } from "./identity/reward-records.js";
export { compareRecords } from "./identity/compare-records.js";

// Attack rewards before a policy does
export { auditRewards, type AuditOptions, type AuditProgress } from "./audit/audit-rewards.js";
export { type Attack, attackKinds, type AttackKind, type Bar, type Target } from "./audit/attack.js";
export { attacksOn } from "./audit/attacks/attacks-on.js";
export type { AuditedPart, AuditExample, AuditReport, Exploit, HonestBaseline } from "./audit/report.js";

// Config files, of which the rest is @pavlov/core/config
export { defineConfig } from "./config/define-config.js";

// Find rewards by reference
export { createRegistry, openRegistry } from "./registry/registry.js";
export type {
  InstalledPlugin,
  PackageIdentity,
  RegisteredReward,
  Registry,
  RegistryOptions,
} from "./registry/registry.js";
