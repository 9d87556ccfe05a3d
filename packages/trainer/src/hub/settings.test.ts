import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { hubSettings } from "./settings.js";

const none = { HF_HOME: "/nowhere" };

describe("the environment", () => {
  test.each([
    [{ HF_HUB_CACHE: "/a", HF_HOME: "/b" }, "/a"],
    [{ HUGGINGFACE_HUB_CACHE: "/a" }, "/a"],
    [{ HF_HOME: "/b" }, "/b/hub"],
    [{ XDG_CACHE_HOME: "/c" }, "/c/huggingface/hub"],
    [{ HF_HOME: "~/b" }, join(homedir(), "b/hub")],
    [{}, join(homedir(), ".cache/huggingface/hub")],
  ])("%j puts the cache into %s, as Python does", async (environment, folder) => {
    expect((await hubSettings({ token: "" }, environment)).cacheFolder).toBe(folder);
  });

  test("options come before it", async () => {
    const environment = { ...none, HF_TOKEN: "hf_theirs", HF_HUB_OFFLINE: "1", HF_HUB_CACHE: "/a" };
    const options = { token: "hf_mine", offline: false, cacheFolder: "/mine" };
    expect(await hubSettings(options, environment)).toMatchObject({
      token: "hf_mine",
      offline: false,
      cacheFolder: "/mine",
    });
    expect(await hubSettings({}, environment)).toMatchObject({ token: "hf_theirs", offline: true, cacheFolder: "/a" });
  });

  test("says where the hub is, and an empty token is none", async () => {
    const environment = { ...none, HF_ENDPOINT: "https://mirror.example/", HF_TOKEN: "" };
    expect(await hubSettings({}, environment)).toMatchObject({ endpoint: "https://mirror.example", token: null });
    expect(await hubSettings({}, none)).toMatchObject({ endpoint: "https://huggingface.co", offline: false });
  });
});
