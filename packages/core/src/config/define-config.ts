/** `defineConfig` of TypeScript configs, as in Vite: gives the editor a type and returns its argument. */

/** The config itself. `Config` is the type that the caller's config schema takes. */
export function defineConfig<Config extends object>(config: Config): Config {
  return config;
}
