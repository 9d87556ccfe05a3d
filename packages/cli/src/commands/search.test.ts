// Runs the built command against registries on loopback: which it asks, with what, and what it says of their answers.
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { connect, type AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  createTestProject,
  dependingOn,
  installedPlugin,
  type Outcome,
  type TestProject,
} from "../catalog/project.test.fixture.js";
import { json, npmRegistry, serve, type TestRegistry } from "../npm-search/registry.test.fixture.js";

const keywords = ["pavlov-reward"];
const sql = {
  name: "pavlov-reward-sql",
  version: "2.0.0",
  description: "Runs sql.",
  keywords,
  date: "2026-03-04T05:06:07.000Z",
  downloads: { monthly: 12345, weekly: 3000 },
};
const poem = { name: "@acme/pavlov-reward-poem", description: "Counts syllables, and no sql.", keywords };
const packages = [
  sql,
  poem,
  { name: "not-a-reward", description: "Has the keyword and another name: sql.", keywords },
  { name: "pavlov-reward-other", description: "Has no keyword.", keywords: ["sql"] },
];
const versions = {
  "pavlov-reward-sql": { dist: { attestations: { provenance: { predicateType: "x" } }, signatures: [{}] } },
  "@acme/pavlov-reward-poem": { dist: { signatures: [{}] } },
};

let project: TestProject;
let registry: TestRegistry;
beforeAll(async () => {
  project = await createTestProject({
    "package.json": dependingOn("pavlov-reward-sql"),
    ...installedPlugin("pavlov-reward-sql"),
    "home/keep": "",
  });
});
beforeEach(async () => {
  registry = await npmRegistry(packages, versions);
});
afterEach(() => registry.close());
afterAll(() => project.remove());

/** Runs the command with settings of the project's own, and none of this machine. */
async function search(
  settings: readonly string[],
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  run: "pavlovWith" | "pavlovProcess" = "pavlovWith",
) {
  await writeFile(join(project.folder, ".npmrc"), settings.map((line) => `${line}\n`).join(""));
  const mine = Object.keys(process.env).filter((name) => /^npm_config_|_proxy$/i.test(name));
  const none = Object.fromEntries(mine.map((name) => [name, undefined]));
  const home = join(project.folder, "home");
  const own = { HOME: home, npm_config_userconfig: join(home, ".npmrc"), npm_config_globalconfig: join(home, "none") };
  return project[run]({ ...none, ...own, ...env }, "search", ...args);
}

const namesOf = ({ stdout }: Outcome): readonly string[] =>
  (JSON.parse(stdout) as { plugins: readonly { name: string }[] }).plugins.map(({ name }) => name);

test("plugins are shown with what the registry knows of them, and whether they are installed", async () => {
  const { stdout, stderr, code } = await search([`registry=${registry.url}`], ["sql"], {}, "pavlovProcess");
  expect({ stderr, code }).toEqual({ stderr: "", code: 0 });
  expect(stdout).toBe(`pavlov-reward-sql@2.0.0  installed: 1.2.0
  Runs sql.
  published 2026-03-04; downloads 12,345 a month; provenance yes

@acme/pavlov-reward-poem@1.0.0
  Counts syllables, and no sql.
  published unknown; downloads unknown; provenance none

To use one: npm install pavlov-reward-sql
`);
  expect(registry.requests[0]?.path).toBe("/-/v1/search?text=keywords%3Apavlov-reward%20sql&size=40");
});

test("--json says the same, and null for what is not known", async () => {
  const { stdout } = await search([`registry=${registry.url}`], ["syllables", "--json"]);
  expect(JSON.parse(stdout)).toEqual({
    text: "syllables",
    registries: [registry.url],
    plugins: [
      {
        name: "@acme/pavlov-reward-poem",
        version: "1.0.0",
        description: "Counts syllables, and no sql.",
        date: null,
        downloads: null,
        provenance: false,
        registry: registry.url,
        installed: null,
      },
    ],
    warnings: [],
  });
});

test("--limit and --quiet", async () => {
  const { stdout } = await search([`registry=${registry.url}`], ["--limit", "1", "--quiet"]);
  expect(stdout).toBe("pavlov-reward-sql\n");
  expect((await search([], ["--limit", "0"])).code).toBe(2);
});

test("nothing found is no mistake", async () => {
  const { stdout, code } = await search([`registry=${registry.url}`], ["elephants"]);
  expect(stdout).toBe(`Found no plugin for "elephants" in ${registry.url}.\n`);
  expect(code).toBe(0);
});

test("a registry that knows no search by keyword is asked for names, and its answers are looked through", async () => {
  await registry.close();
  registry = await serve((_, response, { searchParams }) => {
    const text = searchParams.get("text") ?? "";
    const found = packages.filter(({ name }) => name.includes(text));
    // As verdaccio has it: versions under tags, and no date but the last change.
    const objects = found.map((one) => ({
      package: {
        ...one,
        version: undefined,
        date: undefined,
        "dist-tags": { latest: "3.1.0" },
        time: { modified: "2026-01-02T00:00:00Z" },
      },
    }));
    json(response, { objects });
  });
  const { stdout } = await search([`registry=${registry.url}`], ["SQL", "--json"]);
  expect(JSON.parse(stdout)).toMatchObject({
    plugins: [
      {
        name: "pavlov-reward-sql",
        version: "3.1.0",
        date: "2026-01-02T00:00:00.000Z",
        downloads: null,
        provenance: null,
      },
      { name: "@acme/pavlov-reward-poem" },
    ],
  });
});

describe("the registry is npm's", () => {
  test("of the environment, before that of the project", async () => {
    const found = await search(["registry=http://127.0.0.1:1/"], ["--json"], { npm_config_registry: registry.url });
    expect(namesOf(found)).toEqual(["pavlov-reward-sql", "@acme/pavlov-reward-poem"]);
  });

  test("of the user, where the project has none", async () => {
    const userFile = join(project.folder, "home", ".npmrc");
    await writeFile(userFile, `registry=${registry.url}\n`);
    expect(namesOf(await search([], ["--json"]))).toHaveLength(2);
    await rm(userFile);
  });

  test("of --registry, before all", async () => {
    const found = await search(["registry=http://127.0.0.1:1/"], ["--json", "--registry", registry.url]);
    expect(namesOf(found)).toHaveLength(2);
  });

  test("of a scope, for its packages alone", async () => {
    const own = await npmRegistry(
      [
        { ...sql, version: "9.9.9" },
        { ...poem, version: "5.0.0" },
      ],
      {},
      "npm/acme/",
    );
    const settings = [
      `registry=${registry.url}`,
      `@acme:registry=${own.url}`,
      `//${own.url.slice(7)}:_authToken=for-acme`,
    ];
    const { stdout } = await search(settings, ["--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      plugins: [
        { name: "pavlov-reward-sql", version: "2.0.0", registry: registry.url },
        { name: "@acme/pavlov-reward-poem", registry: registry.url },
      ],
    });
    expect(own.requests.map(({ authorization }) => authorization)).toContain("Bearer for-acme");
    expect(registry.requests.map(({ authorization }) => authorization)).not.toContain("Bearer for-acme");
    await own.close();
  });

  test("of a scope, while that of all others is not there", async () => {
    const settings = ["registry=http://127.0.0.1:1/", `@acme:registry=${registry.url}`];
    const { stdout, stderr, code } = await search(settings, ["--quiet"]);
    expect(stdout).toBe("@acme/pavlov-reward-poem\n");
    expect(stderr).toMatch(/^warning: http:\/\/127\.0\.0\.1:1\/ cannot be reached: /);
    expect(code).toBe(0);
  });
});

describe("tokens", () => {
  const secret = "s3cr3t-t0k3n";
  const authorizations = () => [...new Set(registry.requests.map(({ authorization }) => authorization))];

  test.each([
    ["a token", [":_authToken=s3cr3t-t0k3n"], `Bearer ${secret}`],
    ["a token of the environment", [":_authToken=${A_TOKEN}"], `Bearer ${secret}`],
    ["a name and a password", [":username=me", `:_password=${btoa(secret)}`], `Basic ${btoa(`me:${secret}`)}`],
    ["both in one", [`:_auth=${btoa(`me:${secret}`)}`], `Basic ${btoa(`me:${secret}`)}`],
  ])("%s goes to its registry", async (_, lines, expected) => {
    const place = registry.url.replace("http:", "");
    const settings = [`registry=${registry.url}`, ...lines.map((line) => place + line)];
    const { code } = await search(settings, [], { A_TOKEN: secret });
    expect(code).toBe(0);
    expect(authorizations()).toEqual([expected]);
  });

  test("one in the address goes along, and is not shown", async () => {
    const address = registry.url.replace("http://", `http://me:${secret}@`);
    const { stdout } = await search([`registry=${address}`], ["elephants"]);
    expect(authorizations()).toEqual([`Basic ${btoa(`me:${secret}`)}`]);
    expect(stdout).not.toContain(secret);
  });

  test("none goes to another registry", async () => {
    const settings = ["registry=http://127.0.0.1:1/", "//127.0.0.1:1/:_authToken=a", `_auth=${btoa("me:a")}`];
    await search(settings, ["--registry", registry.url]);
    expect(authorizations()).toEqual([undefined]);
  });

  test("a variable that is not set leaves the other settings as they are", async () => {
    const settings = [`registry=${registry.url}`, "//127.0.0.1:1/:_authToken=${NOT_SET_ANYWHERE}"];
    expect(namesOf(await search(settings, ["--json"]))).toHaveLength(2);
  });

  test.each([
    [401, [], "it wants a token, and npm has none for it"],
    [403, [":_authToken=s3cr3t-t0k3n"], "it does not take the token that npm has for it"],
  ])("refused with %i: what to do is said, and no token", async (status, lines, reason) => {
    await registry.close();
    registry = await serve((_, response) => json(response, { error: `no entry with ${secret}` }, status));
    const place = registry.url.replace("http:", "");
    const { stderr, stdout, code } = await search([`registry=${registry.url}`, ...lines.map((line) => place + line)]);
    expect(stderr).toBe(
      `error: ${registry.url} refuses the search (${status}): ${reason}.\n` +
        `hint:  Run: npm login --registry ${registry.url}, or write the token into .npmrc: ${place}:_authToken=\${NPM_TOKEN}\n`,
    );
    expect([stdout, code]).toEqual(["", 1]);
  });
});

describe("a registry that does not answer as one is a sentence with what to do", () => {
  const answers: readonly (readonly [string, Parameters<typeof serve>[0], string])[] = [
    ["no search", (_, response) => json(response, {}, 404), "has no search: it answered 404 to /-/v1/search."],
    ["busy", (_, response) => json(response, {}, 503), "answered 503."],
    [
      "a page",
      (_, response) => response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end("<html>"),
      "answered with text/html where JSON was asked for.",
    ],
    ["other JSON", (_, response) => json(response, { hits: [] }), 'holds no results ("objects")'],
    ["null", (_, response) => json(response, null), 'holds no results ("objects")'],
    [
      "cut off",
      (_, response) => void response.writeHead(200).write("{", () => response.destroy()),
      "cannot be reached: ",
    ],
    ["silence", () => undefined, "did not answer within 0.3 s."],
  ];
  test.each(answers)("%s", async (_, answer, message) => {
    await registry.close();
    registry = await serve(answer);
    const { stderr, stdout, code } = await search([`registry=${registry.url}`, "fetch-timeout=300"]);
    const [first, second, ...rest] = stderr.trimEnd().split("\n");
    expect(first).toContain(`error: ${registry.url} `);
    expect(first).toContain(message);
    expect(second).toMatch(/^hint: {2}\S/);
    expect([rest, stdout, code]).toEqual([[], "", 1]);
  });

  test("nobody there", async () => {
    await registry.close();
    const { stderr, code } = await search([`registry=${registry.url}`]);
    expect(stderr).toMatch(/cannot be reached: connect ECONNREFUSED 127\.0\.0\.1:\d+\.\nhint: {2}Check the network/);
    expect(code).toBe(1);
  });

  test("an address that is none", async () => {
    expect((await search([], ["--registry", "registry.example"])).stderr).toContain(
      'The registry "registry.example" is no http',
    );
  });

  test("packages of no form are passed over, and those that cannot be looked at are unknown", async () => {
    await registry.close();
    registry = await serve((_, response, { pathname }) => {
      if (!pathname.startsWith("/-/")) return response.destroy();
      const strange = [
        null,
        3,
        {},
        { package: null },
        { package: { name: 3 } },
        { package: { name: "pavlov-reward-a" } },
      ];
      const odd = { package: { ...sql, description: { a: 1 }, date: "yesterday", version: "1.0.0\u001b[2J" } };
      return json(response, { objects: [...strange, { ...odd, downloads: { monthly: "many" } }] });
    });
    const { stdout, code } = await search([`registry=${registry.url}`]);
    expect(stdout).toContain("pavlov-reward-sql@1.0.0\\u{1b}[2J");
    expect(stdout).toContain("(no description)\n  published unknown; downloads unknown; provenance unknown");
    expect(code).toBe(0);
  });
});

test("the proxy of the environment is asked to reach the registry", async () => {
  const asked: string[] = [];
  const proxy = createServer().on("connect", (request, socket, head) => {
    asked.push(request.url ?? "");
    const [host, port] = (request.url ?? "").split(":");
    const upstream = connect(Number(port), host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      upstream.write(head);
      upstream.pipe(socket);
      socket.pipe(upstream);
    });
    for (const end of [socket, upstream]) end.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  const found = await search([`registry=${registry.url}`], ["--json"], { http_proxy: `http://127.0.0.1:${port}` });
  expect(namesOf(found)).toHaveLength(2);
  expect(asked[0]).toBe(new URL(registry.url).host);
  proxy.closeAllConnections();
  proxy.close();
});
