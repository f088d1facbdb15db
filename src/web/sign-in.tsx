/** Signing in with an e-mailed link, and signing out. */
import { type Context, Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import * as z from "zod/mini";
import { log } from "../log.ts";
import { requestSignIn } from "../operations/request-sign-in.ts";
import { hashOf } from "../operations/secret-token.ts";
import { signIn } from "../operations/sign-in.ts";
import { signOut } from "../operations/sign-out.ts";
import { readToken } from "../store/sign-in-tokens.ts";
import { fail, wantsPage } from "./failure-response.ts";
import { readForm } from "./form-post.ts";
import { limitByAddress } from "./middleware/limit-by-address.ts";
import { findSignedIn } from "./middleware/session.ts";
import { signInPath, toNextPath } from "./next-path.ts";
import { ContinuePage, DeadLinkPage, LinkSentPage, SignInPage } from "./pages/sign-in-page.tsx";
import { sentenceFor } from "./sentences.ts";
import { clearSessionCookie, readSessionCookie, setSessionCookie } from "./session-cookie.ts";
import { signInMail } from "../mail/sign-in-mail.tsx";
import type { WebEnv } from "./web-env.ts";

const emailForm = z.object({
  email: z.pipe(z.string().check(z.trim(), z.maxLength(254)), z.email()),
});

const MAIL_NOT_SENT =
  "We could not send an e-mail to this address just now. Check it for typos, or try again in a minute.";

const LARGEST_FORM_BYTES = 4 * 1024;

const limitBody = bodyLimit({
  maxSize: LARGEST_FORM_BYTES,
  onError: (c: Context<WebEnv>) => fail(c, { kind: "body_too_large", limitBytes: LARGEST_FORM_BYTES }),
});

export const signInRoutes = new Hono<WebEnv>()
  .get("/", async (c) => {
    const next = toNextPath(c.req.query("next"));
    if ((await findSignedIn(c)) !== null) {
      return c.redirect(next ?? "/account", 303);
    }
    return c.html(<SignInPage seller={c.var.deps.settings.seller} next={next} />);
  })

  .get("/sign-in", (c) => c.redirect(signInPath(toNextPath(c.req.query("next"))), 303))

  .post("/sign-in", limitByAddress("SIGN_IN_LIMIT"), limitBody, async (c) => {
    const { deps } = c.var;
    const { seller } = deps.settings;
    const body = (await readForm(c)) ?? {};
    const form = emailForm.safeParse(body);
    const next = toNextPath(body["next"]);
    if (!form.success) {
      const problem = "must be an e-mail address";
      if (!wantsPage(c)) {
        return fail(c, { kind: "invalid_request", fields: [{ field: "email", problem }] });
      }
      const typed = typeof body["email"] === "string" ? body["email"] : "";
      const sentence = "Please enter your full e-mail address, like name@example.com.";
      return c.html(
        <SignInPage
          seller={seller}
          next={next}
          email={typed.slice(0, 254)}
          problem={{ about: "email", sentence }}
        />,
        422,
      );
    }

    const { email } = form.data;
    const requested = await requestSignIn(deps, { email, next }, (link) => signInMail(seller.name, link));
    if (requested.ok) {
      return wantsPage(c)
        ? c.html(<LinkSentPage seller={seller} email={email} next={next} />)
        : c.json({ sent_to: email });
    }
    const { failure } = requested;
    if (failure.kind === "mail_not_sent") {
      log("mail_not_sent", { request_id: c.get("requestId"), error: codeOf(failure.cause) });
    }
    if (!wantsPage(c)) {
      return fail(c, failure.kind === "mail_not_sent" ? { kind: "internal_error" } : failure);
    }
    if (failure.kind === "mail_not_sent") {
      const problem = { about: "form", sentence: MAIL_NOT_SENT } as const;
      return c.html(<SignInPage seller={seller} next={next} email={email} problem={problem} />, 503);
    }
    c.header("Retry-After", String(failure.retryAfterSeconds));
    const problem = { about: "form", sentence: sentenceFor(failure) } as const;
    return c.html(<SignInPage seller={seller} next={next} email={email} problem={problem} />, 429);
  })

  .get("/sign-in/:token", async (c) => {
    const { db, now, settings } = c.var.deps;
    const read = await readToken(db, await hashOf(c.req.param("token")), now());
    if (read.state === "usable") {
      return c.html(<ContinuePage seller={settings.seller} email={read.email} />);
    }
    // A used link opened again in the browser it signed in: just continue to where it leads.
    const next = read.state === "unknown" ? null : toNextPath(read.next);
    if (read.state === "used" && (await findSignedIn(c)) !== null) {
      return c.redirect(next ?? "/account", 303);
    }
    return c.html(<DeadLinkPage seller={settings.seller} reason={read.state} next={next} />, 410);
  })

  .post("/sign-in/:token", async (c) => {
    const session = await signIn(c.var.deps, c.req.param("token"));
    if (session === null) {
      // Opening the link with GET explains why it no longer works.
      return c.redirect(`/sign-in/${encodeURIComponent(c.req.param("token"))}`, 303);
    }
    setSessionCookie(c, session);
    return c.redirect(toNextPath(session.next) ?? "/account", 303);
  })

  .post("/sign-out", async (c) => {
    const token = readSessionCookie(c);
    if (token !== undefined) {
      await signOut(c.var.deps, token);
      clearSessionCookie(c);
    }
    return c.redirect("/", 303);
  });

/** The error's code. Its message is not logged, because it may contain the e-mail address. */
function codeOf(error: unknown): string {
  const hasCode = error instanceof Error && "code" in error && typeof error.code === "string";
  return hasCode ? String(error.code) : "unknown";
}
