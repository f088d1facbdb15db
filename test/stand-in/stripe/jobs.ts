/** What happens by itself later, by the stand-in's clock: fees, expiry, refunds, disputes, payouts. */
import { z } from "zod";
import { type Sandbox, now } from "./sandbox.ts";

export const jobKind = z.enum([
  "complete_refund",
  "decide_dispute",
  "expire_authorization",
  "fail_refund",
  "lapse_dispute",
  "open_disputes",
  "release_funds",
  "settle_fee",
  "settle_payout",
  "warn_of_fraud",
]);
export type JobKind = z.infer<typeof jobKind>;

export interface Job {
  readonly kind: JobKind;
  /** The id of the object it is about. */
  readonly subject: string;
}

/** Plans a job, once for each kind and object. */
export function plan(sandbox: Sandbox, kind: JobKind, subject: string, inSeconds: number): void {
  sandbox.sql.exec(
    "INSERT OR IGNORE INTO jobs (due, kind, subject) VALUES (?1, ?2, ?3)",
    now(sandbox) + inSeconds,
    kind,
    subject,
  );
}

/** Cancels a job, if there is one. */
export function callOff(sandbox: Sandbox, kind: JobKind, subject: string): void {
  sandbox.sql.exec("DELETE FROM jobs WHERE kind = ?1 AND subject = ?2", kind, subject);
}

/** Takes the next job that is due, earliest first; `whenever` also takes jobs of that kind before their time. */
export function takeDue(sandbox: Sandbox, whenever: JobKind | null = null): Job | null {
  const [row] = sandbox.sql
    .exec<{ id: number; kind: string; subject: string }>(
      "SELECT id, kind, subject FROM jobs WHERE due <= ?1 OR kind = ?2 ORDER BY due, id LIMIT 1",
      now(sandbox),
      whenever,
    )
    .toArray();
  if (row === undefined) {
    return null;
  }
  sandbox.sql.exec("DELETE FROM jobs WHERE id = ?1", row.id);
  return { kind: jobKind.parse(row.kind), subject: row.subject };
}

/** When the next job is due, in Unix seconds of the stand-in's clock; null when nothing is planned. */
export function nextDue(sandbox: Sandbox): number | null {
  return sandbox.sql.exec<{ due: number | null }>("SELECT min(due) AS due FROM jobs").one().due;
}

/** Everything planned, soonest first. */
export function plannedJobs(sandbox: Sandbox): { due: number; kind: string; subject: string }[] {
  return sandbox.sql
    .exec<{ due: number; kind: string; subject: string }>(
      "SELECT due, kind, subject FROM jobs ORDER BY due, id",
    )
    .toArray();
}
