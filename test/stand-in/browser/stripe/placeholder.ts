/** The grey outline of a form, shown until the frame has drawn itself. */
import { appearanceVariables } from "../frames/appearance.ts";
import type { FrameAppearance } from "../frames/protocol.ts";

/** An overlay for the frame's wrapper. It is gone when the element is ready. */
export function placeholder(appearance: FrameAppearance): HTMLElement {
  const variables = appearanceVariables(appearance);
  const overlay = document.createElement("div");
  overlay.dataset["placeholder"] = "";
  overlay.setAttribute("aria-hidden", "true");
  Object.assign(overlay.style, {
    position: "absolute",
    inset: "0",
    display: "grid",
    alignContent: "start",
    gap: "16px",
    pointerEvents: "none",
  });
  for (const columns of ["1fr", "1fr 1fr"]) {
    const row = document.createElement("div");
    Object.assign(row.style, { display: "grid", gridTemplateColumns: columns, gap: "16px" });
    for (let count = columns.split(" ").length; count > 0; count -= 1) {
      const box = document.createElement("div");
      Object.assign(box.style, {
        height: "44px",
        marginTop: "24px",
        borderRadius: variables["borderRadius"] ?? "4px",
        background: variables["colorText"] ?? "currentColor",
        opacity: "0.08",
      });
      row.append(box);
    }
    overlay.append(row);
  }
  return overlay;
}
