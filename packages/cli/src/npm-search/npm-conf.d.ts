/** The part of `@pnpm/npm-conf`, which brings no types, that is used here. */
declare module "@pnpm/npm-conf" {
  interface NpmConf {
    get(key: string): unknown;
    /** A value for every key of every source, those of the strongest source first. */
    readonly snapshot: Readonly<Record<string, unknown>>;
    readonly list: readonly Readonly<Record<string, unknown>>[];
  }
  function npmConf(options?: object): { readonly config: NpmConf; readonly warnings: readonly string[] };
  export = npmConf;
}
