/** Closes a difference that staff have looked into: it needs nothing more, although both sides go on to differ. */
import type { Deps } from "../deps.ts";
import type { Failure } from "../domain/failure.ts";
import { findDifference, type FoundDifference, insertClosing } from "../store/reconciliation-differences.ts";

/** Which difference, in the version that staff saw, and what they say about it. */
export type ClosingAsk = { kind: string; subject: string; version: number; actor: string; note: string };

/**
 * Closes the difference if it is still open as staff saw it. Closing it again with the same words is answered as the
 * first time.
 */
export async function closeDifference(
  { db, now }: Pick<Deps, "db" | "now">,
  { kind, subject, version, actor, note }: ClosingAsk,
): Promise<{ ok: true; difference: FoundDifference } | { ok: false; failure: Failure }> {
  await insertClosing(db, { kind, subject }, { version, closedAt: now(), closedBy: actor, note });
  const difference = await findDifference(db, kind, subject);
  if (difference === null) {
    return { ok: false, failure: { kind: "difference_not_found" } };
  }
  const { closing } = difference;
  const isClosed = closing?.version === version && closing.closedBy === actor && closing.note === note;
  return isClosed ? { ok: true, difference } : { ok: false, failure: { kind: "difference_not_open" } };
}
