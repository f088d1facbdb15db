/** The proof that one path of recovery is enough, and the same for each: all crashes of all kinds of purchase. */
import { describe, expect, inject, it } from "vitest";
import { control } from "../stand-in/stripe/support.ts";
import { crashAndRecover, type Outcome, stepsOfRecovery } from "./crash-and-recover.ts";
import { type Crash, crashesOf, deathsAt } from "./crash-points.ts";
import { KINDS, type Kind } from "./purchases.ts";
import type { Path } from "./recovery-paths.ts";

/** Ample for the slowest machine; nothing here depends on it. */
const TIMEOUT_MILLISECONDS = 30 * 60_000;

/** Declares the tests of one path. */
export function provePath(path: Path): void {
  const asked = inject("crashes");
  const kinds = KINDS.filter(({ name }) => asked === "every kind" || name === asked);
  const whose = kinds.length === KINDS.length ? "every kind of purchase" : `a purchase of kind "${asked}"`;
  const by = path === "all" ? "all paths at once" : `${path} alone`;

  describe(`${whose}, dying at every step in every way`, () => {
    it(
      `is recovered by ${by}`,
      async () => {
        const { crashes, wrong } = await prove(kinds, (some) => everyDeath(some, path));
        tell(`Recovered by ${path}: ${crashes} crashes, ${kinds.length} kinds of purchase`);
        expect(wrong).toEqual([]);
        expect(crashes).toBeGreaterThan(0);
      },
      TIMEOUT_MILLISECONDS,
    );

    // All paths at once do not take the same steps twice; and `npm test` leaves some to `npm run crash`.
    it.runIf(path === "webhook" || path === "alarm" || (path !== "all" && asked === "every kind"))(
      `is recovered by ${by}, though that dies too at every step in every way`,
      async () => {
        const { crashes, wrong } = await prove(kinds, (some) =>
          everySecondDeath(some, path, asked === "every kind"),
        );
        tell(`Recovered by ${path}, which died too: ${crashes} crashes, ${kinds.length} kinds of purchase`);
        expect(wrong).toEqual([]);
      },
      TIMEOUT_MILLISECONDS,
    );
  });
}

function tell(what: string): void {
  // oxlint-disable-next-line no-console -- How many there were is what whoever runs this wants to know.
  console.log(what);
}

/** Proves the kinds for which the bank answers at once, and then those for which it keeps its answers for the payment. */
async function prove(
  kinds: readonly Kind[],
  run: (kinds: readonly Kind[]) => Promise<Outcome>,
): Promise<Outcome> {
  const outcomes: Outcome[] = [];
  for (const isLate of [false, true]) {
    await control("/reset");
    await control("/stripe/bank", { checks: isLate ? "unavailable_at_setup" : "as_card" });
    outcomes.push(await run(kinds.filter(({ bankIsLate }) => bankIsLate === isLate)));
  }
  return {
    crashes: outcomes.reduce((sum, { crashes }) => sum + crashes, 0),
    wrong: outcomes.flatMap(({ wrong }) => wrong),
  };
}

async function everyDeath(kinds: readonly Kind[], path: Path): Promise<Outcome> {
  const crashes = await deathsOfAll(kinds);
  return crashes.length === 0 ? NONE : crashAndRecover(crashes, path);
}

/**
 * The machine dies after a step of the purchase, and recovery dies at each of its own steps in each way. Of the
 * purchase every step, or only the charge: that which most depends on being recovered.
 */
async function everySecondDeath(kinds: readonly Kind[], path: Path, isEveryStep: boolean): Promise<Outcome> {
  const firsts = (await deathsOfAll(kinds)).filter(
    ({ first }) =>
      first.point.way === "die_after" && (isEveryStep || first.step.what === "POST /v1/payment_intents"),
  );
  if (firsts.length === 0) {
    return NONE;
  }
  const steps = await stepsOfRecovery(firsts, path);
  const crashes = firsts.flatMap(({ kind, first }, index) =>
    deathsAt(steps[index] ?? []).map((again): Crash => ({ kind, first, again })),
  );
  return crashes.length === 0 ? NONE : crashAndRecover(crashes, path);
}

const NONE: Outcome = { crashes: 0, wrong: [] };

async function deathsOfAll(kinds: readonly Kind[]): Promise<Crash[]> {
  const crashes: Crash[] = [];
  for (const kind of kinds) {
    crashes.push(...(await crashesOf(kind)));
  }
  return crashes;
}
