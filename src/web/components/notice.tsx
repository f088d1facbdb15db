/** A boxed message about the page as a whole. */
import type { Child } from "hono/jsx";

/** Shows `children` prominently; screen readers announce a problem as soon as it appears. */
export function Notice({ kind, children }: { kind: "problem" | "good" | "plain"; children?: Child }) {
  return (
    <div class={`notice ${kind}`} role={kind === "problem" ? "alert" : "status"}>
      {children}
    </div>
  );
}
