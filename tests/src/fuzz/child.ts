/** The process that loads: it gets folders and answers each with the outcome and the most memory that it has taken. */
import { attempt } from "./attempt.js";

process.on("message", (folder: string) => {
  void attempt(folder).then((outcome) => {
    process.send?.({ ...outcome, kilobytes: process.resourceUsage().maxRSS });
  });
});
