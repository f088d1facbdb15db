/** The error page: one sentence, a link onwards, and the request id to quote when writing to us. */
import { Layout } from "./layout.tsx";

const TITLES: Readonly<Record<number, string>> = {
  401: "Please sign in",
  404: "Page not found",
  429: "Please wait a moment",
  500: "Something went wrong",
  503: "Please wait a moment",
};

/** A complete page about one failure; `title` overrides the default for `status`. */
export function errorPage({
  status,
  sentence,
  requestId,
  seller,
  title = TITLES[status] ?? "This did not work",
}: {
  status: number;
  sentence: string;
  requestId: string;
  seller?: { name: string; email: string };
  title?: string;
}) {
  return (
    <Layout title={title} {...(seller !== undefined && { seller })}>
      <section class="narrow">
        <h1>{title}</h1>
        <p class="lead">{sentence}</p>
        <p>
          <a class="button" href="/">
            {status === 401 ? "Sign in" : "Go to your account"}
          </a>
        </p>
        <p class="fine">
          If you write to us about this, please quote <code>{requestId}</code>.
        </p>
      </section>
    </Layout>
  );
}
