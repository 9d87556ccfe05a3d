// Verifiable mathematics without a reward around it: no dependency, and it runs in a browser.
export { type Extraction, extract } from "./extract/extract.js";
export type { Rule } from "./compare/comparison.js";
export type { MathOptions, MathPreset, MathTarget } from "./options.js";
export { type Verdict, type Verification, verify } from "./verify.js";
