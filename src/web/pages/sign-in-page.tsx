/** The pages around signing in: asking for a link, "look in your mail", and the link itself. */
import type { Settings } from "../../settings.ts";
import { Notice } from "../components/notice.tsx";
import { signInPath } from "../next-path.ts";
import { Layout } from "./layout.tsx";

type Seller = Settings["seller"];

/** What stands in the way, if anything: of the form as a whole, or of the address in it. */
export type SignInProblem = { about: "form" | "email"; sentence: string };

/** Where everybody who is not signed in arrives: what this is, and the form that asks for a link. */
export function SignInPage({
  seller,
  next,
  email = "",
  problem,
}: {
  seller: Seller;
  /** The page to go on to, where somebody was on the way to one. */
  next: string | null;
  email?: string;
  problem?: SignInProblem;
}) {
  return (
    <Layout title="Sign in" seller={seller}>
      <section class="narrow">
        <h1>API credits, ready when you are</h1>
        <p class="lead">
          {seller.name} sells prepaid credits for its API. Buy them by card, here, and use them at once.
        </p>
        {next?.startsWith("/orders/") === true && <p>Sign in to see your order.</p>}
        {problem?.about === "form" && <Notice kind="problem">{problem.sentence}</Notice>}
        <SignInForm
          email={email}
          next={next}
          {...(problem?.about === "email" && { error: problem.sentence })}
        />
        <p class="fine">No password: we mail you a link. An account is opened for you with the first one.</p>
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
      <button class="button">Mail me a link</button>
    </form>
  );
}

/** After asking: the same words whether or not there is an account for the address. */
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
    <Layout title="Look in your mail" seller={seller}>
      <section class="narrow">
        <h1>Look in your mail</h1>
        <p class="lead">
          We have sent a link to <strong class="unbroken">{email}</strong>. Open it within 15 minutes, on any
          device.
        </p>
        <p class="fine">
          Nothing there after a minute? Look among unwanted mail, or{" "}
          <a href={signInPath(next)}>ask for another link</a>.
        </p>
      </section>
    </Layout>
  );
}

/** The link from the mail. A button, for programs that look into mails open links, but press nothing. */
export function ContinuePage({ seller, email }: { seller: Seller; email: string }) {
  return (
    <Layout title="Sign in" seller={seller}>
      <section class="narrow">
        <h1>Welcome</h1>
        <p class="lead">One press and you are in.</p>
        <form method="post">
          <button class="button wide">
            <span class="unbroken">Continue as {email}</span>
          </button>
        </form>
        <p class="fine">
          Not you? <a href="/">Sign in with another address</a>.
        </p>
      </section>
    </Layout>
  );
}

/** A link that opens nothing any more, with the form to ask for another. */
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
    expired: "This link is older than 15 minutes, so it no longer opens your account.",
    used: "This link was used already. Each one opens your account once.",
    unknown: "This link does not open an account. Perhaps a part of it was lost on the way.",
  } satisfies Record<typeof reason, string>;
  return (
    <Layout title="Link no longer good" seller={seller}>
      <section class="narrow">
        <h1>Ask for a fresh link</h1>
        <p class="lead">{sentences[reason]}</p>
        <SignInForm email="" next={next} />
      </section>
    </Layout>
  );
}
