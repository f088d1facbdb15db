/** The proof that one path of recovery is enough, and the same for each: all crashes of all kinds of purchase. */
import { describe, expect, inject, it } from "vitest";
import { control } from "../stand-in/stripe/support.ts";
import { crashAndRecover, type Outcome } from "./crash-and-recover.ts";
import { crashesOf } from "./crash-points.ts";
import { KINDS, type Kind } from "./purchases.ts";
import type { Path } from "./recovery-paths.ts";

/** Ample for the slowest machine; nothing here depends on it. */
const TIMEOUT_MILLISECONDS = 30 * 60_000;

/** Declares the test of one path. */
export function provePath(path: Path): void {
  const asked = inject("crashes");
  const kinds = KINDS.filter(({ name }) => asked === "every kind" || name === asked);
  const whose = kinds.length === KINDS.length ? "every kind of purchase" : `a purchase of kind "${asked}"`;

  describe(`${whose}, dying at every step in every way`, () => {
    it(
      `is recovered by ${path === "all" ? "all paths at once" : `${path} alone`}`,
      async () => {
        const prompt = await prove(
          kinds.filter(({ bankIsLate }) => !bankIsLate),
          path,
          "as_card",
        );
        const late = await prove(
          kinds.filter(({ bankIsLate }) => bankIsLate),
          path,
          "unavailable_at_setup",
        );

        const crashes = prompt.crashes + late.crashes;
        // oxlint-disable-next-line no-console -- How many there were is what whoever runs this wants to know.
        console.log(`Recovered by ${path}: ${crashes} crashes, ${kinds.length} kinds of purchase`);
        expect([...prompt.wrong, ...late.wrong]).toEqual([]);
        expect(crashes).toBeGreaterThan(0);
      },
      TIMEOUT_MILLISECONDS,
    );
  });
}

async function prove(
  kinds: readonly Kind[],
  path: Path,
  checks: "as_card" | "unavailable_at_setup",
): Promise<Outcome> {
  await control("/reset");
  await control("/stripe/bank", { checks });
  const crashes: Awaited<ReturnType<typeof crashesOf>> = [];
  for (const kind of kinds) {
    crashes.push(...(await crashesOf(kind)));
  }
  return crashes.length === 0 ? { crashes: 0, wrong: [] } : crashAndRecover(crashes, path);
}
