/** How large mathematics without a reward around it is, as a browser would fetch it. */
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

/** The part of rolldown's interface that is used here. */
interface Bundler {
  rolldown(options: { readonly input: string; readonly logLevel: "silent" }): Promise<{
    generate(options: {
      readonly format: "esm";
      readonly minify: true;
    }): Promise<{ readonly output: readonly { readonly code?: string }[] }>;
  }>;
}

const BUNDLER = "rolldown";

/**
 * Kilobytes (1000 bytes) of `@pavlov/rewards/math` in one file, minified and gzipped. Undefined where no bundler is
 * installed: rolldown is no dependency of its own, and comes with vitest.
 */
export async function bundledKilobytes(): Promise<number | undefined> {
  let bundler: Bundler;
  try {
    bundler = (await import(import.meta.resolve(BUNDLER))) as Bundler;
  } catch {
    return undefined;
  }
  const input = fileURLToPath(import.meta.resolve("@pavlov/rewards/math"));
  const bundle = await bundler.rolldown({ input, logLevel: "silent" });
  const { output } = await bundle.generate({ format: "esm", minify: true });
  return gzipSync(output.map(({ code }) => code ?? "").join(""), { level: 9 }).length / 1000;
}
