/** Stops and resumes spending of all accounts by their disputes, in case the operator has changed the setting. */
import type { Deps } from "../deps.ts";
import { updateSpendingStops } from "../store/disputes.ts";

/** Brings every account with a dispute in line with the setting. An account's own disputes are seen to when they change. */
export async function stopSpending({ db, settings }: Pick<Deps, "db" | "settings">): Promise<void> {
  await updateSpendingStops(db, settings.duringDispute === "stop_all").run();
}
