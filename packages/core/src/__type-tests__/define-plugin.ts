// Defining plugins: keys, namespaces and presets.
import { z } from "zod";
import { defineReward, definePlugin, use } from "../index.js";

const length = defineReward({ name: "length", description: "Characters.", range: [0, null], score: () => 1 });
const executes = defineReward({
  name: "executes",
  description: "1 if the query runs.",
  columns: z.object({ database: z.string() }),
  range: [0, 1],
  score: () => 1,
});

const plugin = definePlugin({
  namespace: "sql",
  rewards: { executes, length },
  presets: { recommended: { executes: { weight: 1 } } },
});

plugin.rewards.executes.name satisfies "executes";
use(plugin.rewards.executes, { columns: { database: "db" } });
use(plugin.rewards.executes, { columns: { databse: "db" } }); // expect: 'databse' does not exist
void plugin.rewards.lenght; // expect: Property 'lenght' does not exist

definePlugin({ namespace: "sql", rewards: { executes, len: length } }); // expect: the key must be the reward's own name, "length"
definePlugin({ namespace: "sql", rewards: { executes: 1 } }); // expect: Type 'number' is not assignable to type 'Reward
definePlugin({ rewards: { executes } }); // expect: Property 'namespace' is missing
definePlugin({
  namespace: "sql",
  rewards: { executes },
  presets: { strict: { length: { weight: 1 } } }, // expect: 'length' does not exist
});
definePlugin({
  namespace: "sql",
  rewards: { executes },
  presets: {
    light: { executes: { wieght: 0.1 } }, // expect: 'wieght' does not exist
    heavy: { executes: { weight: "1" } }, // expect: Type 'string' is not assignable to type 'number'
    mapped: { executes: { columns: { database: 3 } } }, // expect: Type 'number' is not assignable to type 'string'
  },
});
use(plugin.rewards.executes, { columns: { database: 3 } }); // expect: Type 'number' is not assignable to type 'string'
