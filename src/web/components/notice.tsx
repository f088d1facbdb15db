/** A boxed message about the page as a whole. */
import type { Child } from "hono/jsx";

/** Says `children` with weight: a problem is announced by screen readers as soon as it is there. */
export function Notice({ kind, children }: { kind: "problem" | "good" | "plain"; children?: Child }) {
  return (
    <div class={`notice ${kind}`} role={kind === "problem" ? "alert" : "status"}>
      {children}
    </div>
  );
}
