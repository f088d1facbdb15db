/**
 * POST /admin/find: finds an order or an account. The form uses POST so that no e-mail address ends up in a URL. It
 * always redirects to a page loaded with GET, so that the browser's Back button works from there.
 */
import { Hono } from "hono";
import * as z from "zod/mini";
import { isAccountId, isOrderId } from "../../domain/ids.ts";
import { findAccountIdByEmail, findKnownOrders, type OrderSign } from "../../store/known-orders.ts";
import { fail, wantsPage } from "../failure-response.ts";
import { limitBody } from "./limit-body.ts";
import { FindPage } from "./pages/find-page.tsx";
import { readSent } from "./read-form.ts";
import type { StaffEnv } from "./staff-env.ts";

const question = z.strictObject({ q: z.string().check(z.trim(), z.maxLength(254)) });

/** What the redirect's URL says in place of an e-mail address, and of text that is nothing we can search by. */
const HIDDEN = { address: "address", unnamed: "unnamed" };

const NAMES_NOTHING =
  "This is not an order ID, account ID, receipt number, Stripe payment ID or e-mail address.";

export const findRoutes = new Hono<StaffEnv>()
  .get("/admin/find", (c) => {
    const { deps, staff } = c.var;
    const { seller } = deps.settings;
    const nothing = c.req.query("nothing");
    if (nothing === undefined) {
      // After a fresh sign-in at Cloudflare Access, the browser comes back here with GET.
      return c.redirect("/admin", 303);
    }
    if (nothing === HIDDEN.address) {
      return c.html(<FindPage seller={seller} staff={staff} asked={null} />, 404);
    }
    const sign = toSign(nothing);
    return sign === null || sign.by === "email"
      ? c.html(<FindPage seller={seller} staff={staff} asked={null} problem={NAMES_NOTHING} />, 422)
      : c.html(<FindPage seller={seller} staff={staff} asked={nothing} />, 404);
  })

  .post("/admin/find", limitBody, async (c) => {
    const { deps } = c.var;
    const sent = await readSent(c, question);
    if (!sent.ok) {
      return fail(c, sent.failure);
    }
    const { q } = sent.value;
    const sign = toSign(q);
    if (sign === null) {
      return wantsPage(c)
        ? c.redirect(`/admin/find?nothing=${HIDDEN.unnamed}`, 303)
        : fail(c, {
            kind: "invalid_request",
            fields: [{ field: "q", problem: "is not something to search by" }],
          });
    }
    const path = await findPath(deps.db, sign);
    if (path !== null) {
      return c.redirect(path, 303);
    }
    return wantsPage(c)
      ? c.redirect(`/admin/find?nothing=${sign.by === "email" ? HIDDEN.address : q}`, 303)
      : fail(c, { kind: "order_not_found" });
  });

type Sign = OrderSign | { by: "email"; email: string };

/** Reads what was typed as an order ID, account ID, receipt number, payment or e-mail address; null if it is none of them. */
function toSign(asked: string): Sign | null {
  if (isOrderId(asked)) {
    return { by: "id", id: asked };
  }
  if (isAccountId(asked)) {
    return { by: "account", id: asked };
  }
  if (/^\d{1,12}$/.test(asked)) {
    return { by: "receipt", number: Number(asked) };
  }
  if (/^pi_\w{1,200}$/.test(asked)) {
    return { by: "payment", paymentIntentId: asked };
  }
  return /^[^\s@]+@[^\s@]+$/.test(asked) ? { by: "email", email: asked } : null;
}

/** The path of the order or account with this sign; null if there is none. */
async function findPath(db: D1Database, sign: Sign): Promise<string | null> {
  if (sign.by === "account") {
    return `/admin/accounts/${sign.id}`;
  }
  if (sign.by === "email") {
    const id = await findAccountIdByEmail(db, sign.email);
    return id === null ? null : `/admin/accounts/${id}`;
  }
  const [only] = await findKnownOrders(db, sign, 1);
  return only === undefined ? null : `/admin/orders/${only.order.id}`;
}
