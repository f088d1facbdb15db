/** What the configurations of the test runs provide to their tests, through Vitest's `inject`. */

/** What a wrangler.toml gives its Worker. */
export type WranglerFile = {
  bindings: string[];
  settings: string[];
  compatibilityDate: string;
  limits: { name: string; limit: number; period: number }[];
};

declare module "vitest" {
  interface ProvidedContext {
    wranglerFiles: { production: WranglerFile; local: WranglerFile };
    /** Journeys: where the product is served. */
    address: string;
    /** Journeys: the folder that holds the product's local state. */
    state: string;
    /** What is to die: these kinds by name, or all of them if null; and whether completely, or only what `npm test` has time for. */
    crashes: { kinds: string[] | null; isWhole: boolean };
    /** How long the model runs, at most how many runs at a time, and from which seed; null for a random one. */
    model: { seconds: number; runs: number; seed: number | null; path: string | null };
    /** How many sequences of refunds and disputes are tried, and from which seed; null for a random one. */
    anyOrder: { runs: number; seed: number | null };
    /** How large the storm is: how often the one event is delivered, and among how many others; and its seed, null for a random one. */
    storm: { times: number; others: number; seed: number | null };
  }
}
