/** The page that tells of a failure: one sentence, a way on, and the number to name when writing to us. */
import { Layout } from "./layout.tsx";

const TITLES: Readonly<Record<number, string>> = {
  401: "Please sign in",
  404: "Nothing here",
  429: "Please wait a little",
  500: "Something went wrong",
  503: "Please wait a little",
};

/** A whole page about one failure; `title` overrides the one that goes with `status`. */
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
          If you write to us about this, please name <code>{requestId}</code>.
        </p>
      </section>
    </Layout>
  );
}
