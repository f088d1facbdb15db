/** The sign-in pages: asking for a link, "check your e-mail", and the link itself. */
import type { Settings } from "../../settings.ts";
import { Notice } from "../components/notice.tsx";
import { signInPath } from "../next-path.ts";
import { Layout } from "./layout.tsx";

type Seller = Settings["seller"];

/** What is wrong: with the form as a whole, or with the e-mail address in it. */
export type SignInProblem = { about: "form" | "email"; sentence: string };

/** Where everyone who is not signed in arrives: what this site is, and the form that asks for a link. */
export function SignInPage({
  seller,
  next,
  email = "",
  problem,
}: {
  seller: Seller;
  /** The page the visitor was on the way to, if any. */
  next: string | null;
  email?: string;
  problem?: SignInProblem;
}) {
  return (
    <Layout title="Sign in" seller={seller}>
      <section class="narrow">
        <h1>API credits, ready when you are</h1>
        <p class="lead">
          {seller.name} sells prepaid credits for its API. Buy them here by card and use them right away.
        </p>
        {next?.startsWith("/orders/") === true && <p>Sign in to see your order.</p>}
        {problem?.about === "form" && <Notice kind="problem">{problem.sentence}</Notice>}
        <SignInForm
          email={email}
          next={next}
          {...(problem?.about === "email" && { error: problem.sentence })}
        />
        <p class="fine">No password needed: we e-mail you a link. The first one opens your account.</p>
      </section>
    </Layout>
  );
}

function SignInForm({ email, next, error }: { email: string; next: string | null; error?: string }) {
  return (
    <form class="sign-in" method="post" action="/sign-in">
      {next !== null && <input type="hidden" name="next" value={next} />}
      <label htmlFor="email">E-mail address</label>
      <input
        id="email"
        name="email"
        type="email"
        autocomplete="email"
        required
        maxlength={254}
        value={email}
        {...(error !== undefined && {
          "aria-invalid": "true",
          "aria-describedby": "email-error",
          autofocus: true,
        })}
      />
      {error !== undefined && (
        <p class="field-error" id="email-error">
          {error}
        </p>
      )}
      <button class="button">E-mail me a link</button>
    </form>
  );
}

/** After asking: the same text whether or not the e-mail address has an account. */
export function LinkSentPage({
  seller,
  email,
  next,
}: {
  seller: Seller;
  email: string;
  next: string | null;
}) {
  return (
    <Layout title="Check your e-mail" seller={seller}>
      <section class="narrow">
        <h1>Check your e-mail</h1>
        <p class="lead">
          We have sent a link to <strong class="unbroken">{email}</strong>. Open it within 15 minutes, on any
          device.
        </p>
        <p class="fine">
          Nothing after a minute? Check your spam folder, or{" "}
          <a href={signInPath(next)}>ask for another link</a>.
        </p>
      </section>
    </Layout>
  );
}

/** Where the e-mailed link leads. It asks for a press, because mail scanners open links but press no buttons. */
export function ContinuePage({ seller, email }: { seller: Seller; email: string }) {
  return (
    <Layout title="Sign in" seller={seller}>
      <section class="narrow">
        <h1>Welcome</h1>
        <p class="lead">One more step and you are signed in.</p>
        <form method="post">
          <button class="button wide">
            <span class="unbroken">Continue as {email}</span>
          </button>
        </form>
        <p class="fine">
          Not you? <a href="/">Sign in with another e-mail address</a>.
        </p>
      </section>
    </Layout>
  );
}

/** A link that no longer works, with the form to ask for a new one. */
export function DeadLinkPage({
  seller,
  reason,
  next,
}: {
  seller: Seller;
  reason: "expired" | "used" | "unknown";
  next: string | null;
}) {
  const sentences = {
    expired: "This link is older than 15 minutes and has expired.",
    used: "This link has already been used. Each link works once.",
    unknown: "This link does not work. Part of it may be missing.",
  } satisfies Record<typeof reason, string>;
  return (
    <Layout title="Ask for a new link" seller={seller}>
      <section class="narrow">
        <h1>Ask for a new link</h1>
        <p class="lead">{sentences[reason]}</p>
        <SignInForm email="" next={next} />
      </section>
    </Layout>
  );
}
