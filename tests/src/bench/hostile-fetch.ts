/**
 * Posts hostile completions with nothing but Node.js's own `fetch`, as often as a judge is asked about them, and prints
 * its resident memory as JSON: what no reward that asks a service over HTTP can stay below.
 */
import { hostileTexts } from "./hostile-texts.js";
import { startService } from "./start-hostile-service.js";

/** Times that each text is posted: with two settings, in three runs. */
const TIMES = 6;

const { url, close } = await startService();
const baselineBytes = process.memoryUsage.rss();
let peakBytes = baselineBytes;
for (const write of Object.values(hostileTexts)) {
  const body = JSON.stringify({ messages: [{ role: "user", content: write() }] });
  for (let time = 0; time < TIMES; time++) {
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body });
    await response.text();
    peakBytes = Math.max(peakBytes, process.memoryUsage.rss());
  }
}
close();
console.log(JSON.stringify({ baselineBytes, peakBytes }));
