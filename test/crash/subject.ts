/** What dies and is recovered, in general: a purchase, or money that goes back. One harness proves them all. */
import type { AccountId } from "../../src/domain/ids.ts";
import type { Crash } from "./crash-points.ts";
import type { SeenStep } from "./faults.ts";
import type { Path } from "./recovery-paths.ts";

export type AnyKind = { name: string };

/** One of its kind, under way in an account of its own. */
export type AnyDeed = { kind: AnyKind; accountId: AccountId };

/** Deeds of some kinds `K`, each one `D` when it is under way, with what both sides' books say of many of them, `S`. */
export type Subject<K extends AnyKind, D extends AnyDeed, S> = {
  /** What one of them is called. */
  noun: string;
  kinds: readonly K[];
  /** Kinds in groups that can be proven together, each with what is arranged at Stripe before it. */
  groups: (kinds: readonly K[]) => { kinds: readonly K[]; arrange: () => Promise<unknown> }[];
  /** One of each, ready to be begun. Nothing fails yet. */
  prepare: (kinds: readonly K[]) => Promise<D[]>;
  /** All are done, as far as each comes. */
  act: (deeds: readonly D[]) => Promise<void>;
  /** Whoever asked for it asks again, with the same id. */
  ask: (deed: D) => Promise<unknown>;
  /** Whether Stripe's events of this type can change one of them; any other is only noted. */
  concerns: (eventType: string) => boolean;
  /** Whether a path has anything to say to this kind at all. */
  isRecoveredBy: (kind: K, path: Path) => boolean;
  /** The paths that die too in `npm test`; at length, each does. */
  usuallyDieToo: readonly Path[];
  /** Whether a second death is tried after one at this step: at length, or as `npm test` has time for. */
  diesAgainAfter: (kind: K, step: SeenStep, isWhole: boolean) => boolean;
  read: (deeds: readonly D[]) => Promise<S>;
  /** What is wrong once `path` alone has had its turns. */
  wrongAfter: (deed: D, standing: S, how: { path: Path; crash: Crash<K> }) => string[];
  /** What is wrong once everything has had its turns. */
  wrongAtRest: (deed: D, standing: S) => Promise<string[]>;
  /** What happens by itself before everything is at rest. */
  lastTurn: () => Promise<void>;
};
