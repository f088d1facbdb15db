/** The proof that one recovery path alone is enough, the same for each path: all crashes of all kinds of deed. */
import { describe, expect, inject, it } from "vitest";
import { control } from "../stand-in/stripe/support.ts";
import { crashAndRecover, type Outcome, stepsOfRecovery } from "./crash-and-recover.ts";
import { type Crash, crashesOf, deathsAt } from "./crash-points.ts";
import { MONEY_BACK } from "./money-back-subject.ts";
import { PURCHASES } from "./purchase-subject.ts";
import type { Path } from "./recovery-paths.ts";
import type { AnyDeed, AnyKind, Subject } from "./subject.ts";

/** Ample for the slowest machine; nothing here depends on it. */
const TIMEOUT_MILLISECONDS = 60 * 60_000;

/** The most crashes run together; the stand-in's lists grow with them. */
const MOST_AT_A_TIME = 400;

/** Declares the tests of one path. */
export function provePath(path: Path): void {
  provePathOf(PURCHASES, path);
  provePathOf(MONEY_BACK, path);
}

function provePathOf<K extends AnyKind, D extends AnyDeed, S>(subject: Subject<K, D, S>, path: Path): void {
  const { kinds: asked, isWhole } = inject("crashes");
  const kinds = subject.kinds.filter(
    (kind) =>
      (asked === null || asked.includes(kind.name)) &&
      subject.isRecoveredBy(kind, path) &&
      (isWhole || path !== "payment_webhook"),
  );
  const whose = asked === null ? `every kind of ${subject.noun}` : kinds.map(({ name }) => name).join(", ");
  const by = path === "all" ? "all paths at once" : `${path} alone`;

  describe.runIf(kinds.length > 0)(`${whose}, dying at every step in every way`, () => {
    it(
      `is recovered by ${by}`,
      async () => {
        const { crashes, wrong } = await prove(subject, kinds, path, everyDeath);
        tell(`Recovered by ${path}: ${crashes} crashes, ${kinds.length} kinds of ${subject.noun}`);
        expect(wrong).toEqual([]);
        expect(crashes).toBeGreaterThan(0);
      },
      TIMEOUT_MILLISECONDS,
    );

    // All paths at once do not take the same steps every time, and `npm test` leaves some paths to `npm run crash`.
    it.runIf(isWhole ? path !== "all" : subject.usuallyDieToo.includes(path))(
      `is recovered by ${by}, even if that dies too, at every step in every way`,
      async () => {
        const { crashes, wrong } = await prove(subject, kinds, path, (whom, kind, by_) =>
          everySecondDeath(whom, kind, by_, isWhole),
        );
        tell(
          `Recovered by ${path}, which died too: ${crashes} crashes, ${kinds.length} kinds of ${subject.noun}`,
        );
        expect(wrong).toEqual([]);
      },
      TIMEOUT_MILLISECONDS,
    );
  });
}

function tell(what: string): void {
  // oxlint-disable-next-line no-console -- Whoever runs this wants to know how many there were.
  console.log(what);
}

/** Chooses the crashes of a kind that a path is to recover. */
type Choose = <K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  kind: K,
  path: Path,
) => Promise<Crash<K>[]>;

/** Proves the kinds group by group, each starting with an empty Stripe. */
async function prove<K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  kinds: readonly K[],
  path: Path,
  choose: Choose,
): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const group of subject.groups(kinds)) {
    const begin = async () => {
      await control("/reset");
      await group.arrange();
    };
    await begin();
    const crashes: Crash<K>[] = [];
    for (const kind of group.kinds) {
      crashes.push(...(await choose(subject, kind, path)));
    }
    for (let from = 0; from < crashes.length; from += MOST_AT_A_TIME) {
      if (from > 0) {
        await begin();
      }
      outcomes.push(await crashAndRecover(subject, crashes.slice(from, from + MOST_AT_A_TIME), path));
    }
    if (inject("crashes").isWhole) {
      const sum = outcomes.reduce((total, outcome) => total + outcome.crashes, 0);
      tell(`… ${path}: ${sum} crashes, with ${group.kinds.map(({ name }) => name).join(", ")}`);
    }
  }
  return {
    crashes: outcomes.reduce((sum, { crashes }) => sum + crashes, 0),
    wrong: outcomes.flatMap(({ wrong }) => wrong),
  };
}

function everyDeath<K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  kind: K,
): Promise<Crash<K>[]> {
  return crashesOf(subject, kind);
}

/**
 * The machine dies after a step of the deed, and recovery dies at each of its own steps in each way. In `npm run crash`,
 * also after the answer was lost to a call that the money depends on.
 */
async function everySecondDeath<K extends AnyKind, D extends AnyDeed, S>(
  subject: Subject<K, D, S>,
  kind: K,
  path: Path,
  isWhole: boolean,
): Promise<Crash<K>[]> {
  const firsts = (await crashesOf(subject, kind)).filter(
    ({ first: { step, point } }) =>
      (point.way === "die_after" && subject.diesAgainAfter(kind, step, isWhole)) ||
      (point.way === "answer_lost" && isWhole && subject.diesAgainAfter(kind, step, false)),
  );
  const steps = firsts.length === 0 ? [] : await stepsOfRecovery(subject, firsts, path);
  return firsts.flatMap(({ first }, index) =>
    deathsAt(steps[index] ?? []).map((again): Crash<K> => ({ kind, first, again })),
  );
}
