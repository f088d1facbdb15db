/** GET /admin/disputes/:id, and POST …/submit, which sends the evidence to the bank. The bank accepts it only once. */
import { type Context, Hono } from "hono";
import * as z from "zod/mini";
import { callAccount } from "../../account/call-account.ts";
import type { EvidenceAnswer } from "../../account/refund-answer.ts";
import { type Dispute, isAnswerable } from "../../domain/dispute.ts";
import type { Evidence } from "../../domain/evidence.ts";
import type { Failure } from "../../domain/failure.ts";
import { sharesOf, toSources } from "../../domain/money-back.ts";
import type { EvidenceMade } from "../../operations/submit-evidence.ts";
import { listEvidence } from "../../store/dispute-evidence.ts";
import { findAnyDispute, listDecisions } from "../../store/disputes.ts";
import { listMoneyBack } from "../../store/money-back.ts";
import { fail, statusOf, wantsPage } from "../failure-response.ts";
import { isDecided, noEvidenceSentence } from "./dispute-words.ts";
import { limitBody } from "./limit-body.ts";
import { findKnownOrder } from "./orders.tsx";
import { DisputePage, type DisputeSeen } from "./pages/dispute-page.tsx";
import { readSent } from "./read-form.ts";
import type { StaffEnv } from "./staff-env.ts";
import { toDisputeJson, toStaffOrderJson } from "./staff-json.ts";
import { sentenceForStaff } from "./staff-sentences.ts";

const submission = z.strictObject({
  /** How many times evidence had been submitted when the page was shown, so that a second press is the same submission. */
  round: z.union([z.int(), z.pipe(z.string().check(z.regex(/^\d{1,4}$/)), z.transform(Number))]),
  understood: z.optional(z.union([z.literal("yes"), z.literal(true)])),
});

const NOT_UNDERSTOOD = "Confirm that you have read it first.";

export const disputeRoutes = new Hono<StaffEnv>()
  .get("/admin/disputes/:id", async (c) => {
    const seen = await readDispute(c, c.req.param("id"));
    if (seen === null) {
      return fail(c, { kind: "dispute_not_found" });
    }
    if (wantsPage(c)) {
      return page(c, seen);
    }
    return c.json({
      dispute: toDisputeJson(seen.dispute, seen.decidedAt),
      order: toStaffOrderJson(seen.known),
      credits_taken: seen.creditsTaken,
      evidence: seen.pack,
      submitted: seen.submitted.map(({ stage, round, evidence, actor, submittedAt, refusedAt, refusal }) => ({
        stage,
        round,
        actor,
        submitted_at: submittedAt === null ? null : new Date(submittedAt).toISOString(),
        refused_at: refusedAt === null ? null : new Date(refusedAt).toISOString(),
        refusal,
        evidence,
      })),
    });
  })

  // After a fresh sign-in at Cloudflare Access, the browser comes back here with GET.
  .get("/admin/disputes/:id/submit", (c) =>
    c.redirect(`/admin/disputes/${encodeURIComponent(c.req.param("id"))}`, 303),
  )

  .post("/admin/disputes/:id/submit", limitBody, async (c) => {
    const { db } = c.var.deps;
    const dispute = await findAnyDispute(db, c.req.param("id"));
    if (dispute === null) {
      return fail(c, { kind: "dispute_not_found" });
    }
    const sent = await readSent(c, submission);
    if (!sent.ok) {
      return refuse(c, dispute, sent.failure);
    }
    if (sent.value.understood === undefined) {
      const fields = [{ field: "understood", problem: NOT_UNDERSTOOD }];
      return refuse(c, dispute, { kind: "invalid_request", fields }, NOT_UNDERSTOOD);
    }
    const { accountId } = dispute;
    const before = await findSubmitted(db, dispute.id, sent.value.round);
    const made: EvidenceMade =
      before ??
      (await callAccount<EvidenceMade>(c.env, accountId, async (account) =>
        account.submitEvidence(accountId, { disputeId: dispute.id, actor: c.var.staff, changes: {} }),
      ));
    // Of two presses at once, the second finds the bank no longer waiting, but what it asked for has been done.
    const outcome = made.ok ? made : ((await findSubmitted(db, dispute.id, sent.value.round)) ?? made);
    if (!outcome.ok) {
      return refuse(c, dispute, outcome.failure);
    }
    return wantsPage(c)
      ? c.redirect(`/admin/disputes/${dispute.id}`, 303)
      : c.json(
          { evidence: outcome.evidence, is_submitted: outcome.isSubmitted },
          outcome.isSubmitted ? 200 : 202,
        );
  });

/** The evidence already submitted in this round; null if none was. */
async function findSubmitted(
  db: D1Database,
  disputeId: string,
  round: number,
): Promise<Extract<EvidenceMade, { ok: true }> | null> {
  const found = (await listEvidence(db, disputeId)).find(
    (one) => one.round === round && one.submittedAt !== null,
  );
  return found === undefined ? null : { ok: true, evidence: found.evidence, isSubmitted: true };
}

async function readDispute(c: Context<StaffEnv>, id: string): Promise<DisputeSeen | null> {
  const { db } = c.var.deps;
  const dispute = await findAnyDispute(db, id);
  const known = dispute === null ? null : await findKnownOrder(db, dispute.orderId);
  if (dispute === null || known === null) {
    return null;
  }
  const [back, submitted, pack, decisions] = await Promise.all([
    listMoneyBack(db, [dispute.orderId]),
    listEvidence(db, dispute.id),
    isAnswerable(dispute) ? buildPack(c, dispute) : null,
    listDecisions(db, [dispute]),
  ]);
  const { refunds, disputes } = back.get(dispute.orderId) ?? { refunds: [], disputes: [dispute] };
  const creditsTaken = sharesOf(known.order, toSources(refunds, disputes)).get(dispute.id) ?? 0;
  const decidedAt = isDecided(dispute) ? (decisions.get(dispute.id) ?? null) : null;
  return { dispute, known, creditsTaken, pack, submitted, decidedAt };
}

async function buildPack(c: Context<StaffEnv>, { id, accountId }: Dispute): Promise<Evidence | null> {
  const built = await callAccount<EvidenceAnswer>(c.env, accountId, async (account) =>
    account.buildEvidence(accountId, id),
  );
  return built.ok ? built.evidence : null;
}

function page(
  c: Context<StaffEnv>,
  seen: DisputeSeen,
  failure?: Failure,
  confirmError?: string,
): Response | Promise<Response> {
  const { deps, staff } = c.var;
  return c.html(
    <DisputePage
      seller={deps.settings.seller}
      staff={staff}
      seen={seen}
      now={deps.now()}
      {...(failure !== undefined &&
        confirmError === undefined && {
          problem:
            failure.kind === "dispute_not_answerable"
              ? noEvidenceSentence(seen.dispute)
              : sentenceForStaff(failure),
        })}
      {...(confirmError !== undefined && { confirmError })}
    />,
    failure === undefined ? 200 : statusOf(failure),
  );
}

/** Shows a failure on the dispute's page, with its current state. */
async function refuse(
  c: Context<StaffEnv>,
  dispute: Dispute,
  failure: Failure,
  confirmError?: string,
): Promise<Response> {
  const seen = wantsPage(c) ? await readDispute(c, dispute.id) : null;
  return seen === null ? fail(c, failure) : page(c, seen, failure, confirmError);
}
