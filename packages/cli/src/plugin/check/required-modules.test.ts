import { expect, test } from "vitest";
import { requiredModules } from "./required-modules.js";

test.each([
  ['import { createRequire } from "node:module"; const require = createRequire(import.meta.url); require("a");', ["a"]],
  ['const load = createRequire(import.meta.url); load("a"); load.resolve("b/c.json");', ["a", "b/c.json"]],
  ['import { createRequire as make } from "module"; const get = make(import.meta.url); get(`a`);', ["a"]],
  ['import * as module from "module"; const get = module.createRequire(import.meta.url); get("a");', ["a"]],
  ['createRequire(import.meta.url)("a"); createRequire(new URL("x", import.meta.url)).resolve("b");', ["a", "b"]],
  ['import("a"); import(`b`);', ["a", "b"]],
  ['import.meta.resolve("a"); import.meta.resolve("./b.js");', ["a", "./b.js"]],
  [
    'const a = require("a"), { b } = require(/* the other */ "b"); require.resolve("c", { paths: [] });',
    ["a", "b", "c"],
  ],
])("%s", (text, names) => {
  expect(requiredModules(text)).toEqual({ names, computed: [] });
});

test("what is no call of a require names nothing", () => {
  const text = `
    // require("in-a-comment"); import(inAComment)
    /* createRequire(import.meta.url)("in-a-comment") */
    const text = 'require("in-a-text")' + \`import("\${text}")\`;
    const pattern = /require("in-a-pattern")/;
    loader.require("of-something-else"); loader?.require("of-something-else"); assets.resolve("x");
    function require() { return require; }
    import.meta.url; import { from } from "elsewhere";
    const load = createRequire(import.meta.url);
  `;
  expect(requiredModules(text)).toEqual({ names: [], computed: [] });
});

test.each([
  ["const m = await import(name);", "import(name)"],
  ["import(`./languages/${name}.js`, { with: {} })", "import(`./languages/${name}.js`,{with:{…"],
  ['import("./" + name)', 'import("./"+name)'],
  ["require(name)", "require(name)"],
  ["createRequire(import.meta.url).resolve(name)", "createRequire(import.meta.url).resolve(…"],
  ['import("with-an-\\x65scape")', 'import("with-an-\\x65scape")'],
])("%s cannot be told", (text, computed) => {
  expect(requiredModules(text)).toEqual({ names: [], computed: [computed] });
});

test("a text that is no module, and a long one, come to an end", () => {
  expect(requiredModules('require("a"); const = } ) "unclosed')).toEqual({ names: ["a"], computed: [] });
  const long = "require(".repeat(20_000);
  expect(requiredModules(`${long}"a")`).names).toEqual(["a"]);
});
