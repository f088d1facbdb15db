/** The bank's challenge: the customer passes it or not, and the intent goes on. */
import { z } from "zod";
import type { Form } from "./form.ts";
import { find } from "./objects.ts";
import { readParams, text } from "./params.ts";
import { finishPaymentChallenge } from "./payment-confirmation.ts";
import { refuseParameter, refuseState } from "./refusals.ts";
import type { Sandbox } from "./sandbox.ts";
import { finishSetupChallenge } from "./setup-confirmation.ts";

const params = z.strictObject({
  client_secret: text,
  outcome: z.enum(["authenticated", "failed"]),
});

/** Ends the challenge of the intent with this client secret. Returns the intent's id and new status. */
export function finishChallenge(sandbox: Sandbox, form: Form): object {
  const { client_secret: secret, outcome } = readParams(params, form);
  const [id = ""] = secret.split("_secret_");
  const waiting = find(sandbox, "payment_intent", id) ?? find(sandbox, "setup_intent", id);
  if (waiting?.client_secret !== secret) {
    return refuseParameter("No intent has this client_secret.", "client_secret", "resource_missing");
  }
  if (waiting.status !== "requires_action") {
    return refuseState(
      `${waiting.object}_unexpected_state`,
      `This intent does not wait for a challenge: it has a status of ${waiting.status}.`,
    );
  }
  if (waiting.object === "payment_intent") {
    finishPaymentChallenge(sandbox, waiting, outcome === "authenticated");
  } else {
    finishSetupChallenge(sandbox, waiting, outcome === "authenticated");
  }
  const after = find(sandbox, waiting.object, waiting.id) ?? waiting;
  return { id: after.id, object: after.object, status: after.status };
}
