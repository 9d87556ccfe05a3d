/**
 * Huge pages for the memory that ONNX Runtime writes its results to. Each result is a new array, so a step touches
 * gigabytes of fresh memory, 4 kB at a time; where the kernel gives huge pages to those that ask, glibc can ask for
 * them, but reads that wish once, when a process starts.
 */

/** Transparent huge pages by malloc: glibc 2.35 and newer; older ones and other libraries pass it over. */
const HUGE_PAGES = "glibc.malloc.hugetlb";

/**
 * The value of `GLIBC_TUNABLES` with which a process should start; undefined where the environment is to stay as it is.
 * @param enabled What `/sys/kernel/mm/transparent_hugepage/enabled` says, null where it cannot be read. In the modes
 * `always` and `never` asking changes nothing.
 * @param existing The variable as it is. What it says of huge pages stands.
 */
export const hugePageTunables = (
  platform: NodeJS.Platform,
  enabled: string | null,
  existing: string | undefined,
): string | undefined => {
  if (platform !== "linux" || enabled?.includes("[madvise]") !== true) return undefined;
  const settings = (existing ?? "").split(":").filter((setting) => setting !== "");
  if (settings.some((setting) => setting.startsWith(`${HUGE_PAGES}=`))) return undefined;
  return [...settings, `${HUGE_PAGES}=1`].join(":");
};
