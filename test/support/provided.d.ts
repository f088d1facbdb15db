/** What the configurations of the test runs hand to their tests, through Vitest's `inject`. */

/** What a wrangler file gives its Worker. */
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
    /** Journeys: the folder of the local state it is served on. */
    state: string;
    /** What is to die: these kinds by name, or every one; and whether at length, or what `npm test` has time for. */
    crashes: { kinds: string[] | null; isWhole: boolean };
    /** How long the model is run, at most how often at a time, and from which seed; null for one of its own. */
    model: { seconds: number; runs: number; seed: number | null; path: string | null };
    /** How large the storm is: how often the one event comes, and among how many others. */
    storm: { times: number; others: number };
  }
}
