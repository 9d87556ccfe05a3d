import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const source = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: {
    // Tests see the sources; processes and threads that a test starts see the build (see CONTRIBUTING.md).
    alias: [
      { find: /^@pavlov\/core$/, replacement: source("packages/core/src/index.ts") },
      { find: /^@pavlov\/core\/config$/, replacement: source("packages/core/src/config/index.ts") },
      { find: /^@pavlov\/core\/plugins$/, replacement: source("packages/core/src/discovery/index.ts") },
      { find: /^@pavlov\/core\/testing$/, replacement: source("packages/core/src/testing/index.ts") },
      { find: /^@pavlov\/core\/vitest$/, replacement: source("packages/core/src/vitest/index.ts") },
      { find: /^@pavlov\/rewards$/, replacement: source("packages/rewards/src/index.ts") },
      { find: /^@pavlov\/trainer\/config$/, replacement: source("packages/trainer/src/config.ts") },
      { find: /^@pavlov\/trainer$/, replacement: source("packages/trainer/src/index.ts") },
      { find: /^create-pavlov-reward$/, replacement: source("packages/create-pavlov-reward/src/index.ts") },
      { find: /^pavlov$/, replacement: source("packages/cli/src/index.ts") },
    ],
  },
  test: {
    include: ["packages/*/src/**/*.test.ts", "tests/src/**/*.test.ts", "scripts/**/*.test.mjs"],
    testTimeout: 60_000,
    maxWorkers: 2,
    // A new process for each file would take as long as most of the files do.
    isolate: false,
    setupFiles: [source("tests/src/set-up/leave-as-found.ts")],
    // As the model's own process has it: memory that is used after it was freed is seen in tests.
    execArgv: process.versions.v8.startsWith("11.") ? ["--harmony-rab-gsab-transfer"] : [],
    // No test asks a hub that it has not started itself: nobody listens here. Nor does ONNX Runtime tell of its use.
    env: { HF_ENDPOINT: "http://127.0.0.1:9", ORT_DISABLE_TELEMETRY: "1" },
    // Built files are imported by Node.js itself, as their users import them.
    server: { deps: { external: [/node_modules/, /\/packages\/[^/]+\/dist\//] } },
  },
});
