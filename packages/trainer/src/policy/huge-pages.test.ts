import { expect, test } from "vitest";
import { hugePageTunables } from "./huge-pages.js";

const onRequest = "always [madvise] never\n";

test("malloc asks for huge pages where the kernel gives them on request", () => {
  expect(hugePageTunables("linux", onRequest, undefined)).toBe("glibc.malloc.hugetlb=1");
  expect(hugePageTunables("linux", onRequest, "")).toBe("glibc.malloc.hugetlb=1");
});

test("other tunables are kept, and one for huge pages is not changed", () => {
  const others = "glibc.malloc.arena_max=2:glibc.malloc.check=0";
  expect(hugePageTunables("linux", onRequest, others)).toBe(`${others}:glibc.malloc.hugetlb=1`);
  expect(hugePageTunables("linux", onRequest, "glibc.malloc.hugetlb=0")).toBeUndefined();
  expect(hugePageTunables("linux", onRequest, "glibc.malloc.check=0:glibc.malloc.hugetlb=2")).toBeUndefined();
});

test.each([
  ["huge pages are given anyway", "linux", "[always] madvise never\n"],
  ["there are none", "linux", "always madvise [never]\n"],
  ["the kernel does not say", "linux", null],
  ["the C library is not glibc", "darwin", onRequest],
  ["there is no such variable", "win32", null],
] as const)("the environment stays as it is where %s", (_case, platform, enabled) => {
  expect(hugePageTunables(platform, enabled, undefined)).toBeUndefined();
});
