/** What dies and is recovered, in general: a purchase, or money that goes back. One harness proves both. */
import type { AccountId } from "../../src/domain/ids.ts";
import type { FoundDifference } from "../../src/store/reconciliation-differences.ts";
import type { Crash } from "./crash-points.ts";
import type { SeenStep } from "./faults.ts";
import type { Path } from "./recovery-paths.ts";

export type AnyKind = { name: string };

/** One deed of its kind, under way in an account of its own. */
export type AnyDeed = { kind: AnyKind; accountId: AccountId };

/** Deeds of kinds `K`, each a `D` when it is under way, with what both sides' books say about many of them, `S`. */
export type Subject<K extends AnyKind, D extends AnyDeed, S> = {
  /** What one of them is called in titles. */
  noun: string;
  kinds: readonly K[];
  /** Kinds in groups that can be proven together, each with what must be arranged at Stripe first. */
  groups: (kinds: readonly K[]) => { kinds: readonly K[]; arrange: () => Promise<unknown> }[];
  /** Prepares one deed of each kind, ready to begin. Nothing fails yet. */
  prepare: (kinds: readonly K[]) => Promise<D[]>;
  /** Performs all deeds, as far as each one gets. */
  act: (deeds: readonly D[]) => Promise<void>;
  /** Repeats the request with the same id. */
  ask: (deed: D) => Promise<unknown>;
  /** Whether Stripe's events of this type can change one of them; any other is only recorded. */
  concerns: (eventType: string) => boolean;
  /** Whether a path can recover this kind at all. */
  isRecoveredBy: (kind: K, path: Path) => boolean;
  /** The paths that die too in `npm test`; in `npm run crash`, all of them do. */
  usuallyDieToo: readonly Path[];
  /** Whether a second death is tried after one at this step, in `npm run crash` or in the time that `npm test` has. */
  diesAgainAfter: (kind: K, step: SeenStep, isWhole: boolean) => boolean;
  read: (deeds: readonly D[]) => Promise<S>;
  /** What is wrong once `path` alone has had its turns. */
  wrongAfter: (deed: D, standing: S, how: { path: Path; crash: Crash<K> }) => string[];
  /** What is wrong once everything has had its turns. */
  wrongAtRest: (deed: D, standing: S) => Promise<string[]>;
  /** What is wrong with the differences that reconciling lists in the end. Unless this is given, each one is wrong. */
  wrongDifferences?: (deeds: readonly D[], standing: S, listed: readonly FoundDifference[]) => string[];
  /** What happens by itself before everything is at rest. */
  lastTurn: () => Promise<void>;
};
