/**
 * The frame's end of the talk with the page around it. Only the page that holds the frame is heard, and only
 * from the stand-in's own origin; at Stripe the two differ, here they are one.
 */
import { toFrameSchema, type FromFrame, type ToFrame } from "./protocol.ts";

/** Sends a message to the page. */
export function tellPage(message: FromFrame): void {
  window.parent.postMessage(message, location.origin);
}

/** Hears the page; what `hear` resolves with answers the message, if it was a question. */
export function hearPage(hear: (message: ToFrame) => unknown): void {
  async function receive(event: MessageEvent<unknown>): Promise<void> {
    if (event.origin !== location.origin || event.source !== window.parent) {
      return;
    }
    const message = toFrameSchema.safeParse(event.data);
    if (!message.success) {
      return;
    }
    const answer = await hear(message.data);
    if ("request" in message.data) {
      tellPage({ kind: "answer", request: message.data.request, answer });
    }
  }
  window.addEventListener("message", (event) => void receive(event));
  tellPage({ kind: "loaded" });
}

/** Keeps the page told how tall `content` is, and of focus and Escape within it. */
export function reportSizeAndFocus(content: HTMLElement): void {
  new ResizeObserver(() => {
    tellPage({ kind: "height", height: Math.ceil(content.getBoundingClientRect().height) });
  }).observe(content);
  window.addEventListener("focus", () => tellPage({ kind: "focus" }));
  window.addEventListener("blur", () => tellPage({ kind: "blur" }));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) {
      tellPage({ kind: "escape" });
    }
  });
}
