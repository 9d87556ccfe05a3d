/** What the package exports: its rewards under one namespace. */
import { definePlugin } from "@pavlov/core";
import { score } from "./score.js";

export default definePlugin({
  namespace: "__NAMESPACE__",
  // The key is the reward's own name: configs use it as __NAMESPACE__/score.
  rewards: { score },
  presets: { recommended: { score: { weight: 1 } } },
});
