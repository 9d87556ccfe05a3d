/** The process that runs a plugin's code: it is given a request, tells what it finds, and may be killed at any moment. */
import { inspectPlugin } from "./inspect-plugin.js";
import type { InspectionEvent, InspectionRequest } from "./inspection.js";

const report = (event: InspectionEvent): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send?.(event, (error: Error | null) => (error ? reject(error) : resolve()));
  });

// A parent that is gone has no use for what would come.
process.on("disconnect", () => process.exit(1));
process.once("message", (request: InspectionRequest) => {
  void inspectPlugin(request, report)
    .then(() => report({ kind: "done" }))
    // A plugin may leave timers and connections open.
    .then(() => process.exit(0));
});
