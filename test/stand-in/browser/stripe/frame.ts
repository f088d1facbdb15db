/**
 * One element's iframe, seen from the page: put into the page, spoken to, measured. At Stripe the frame is
 * another site's, so the browser itself keeps the page out of it. Here both sit on one origin and the page's
 * scripts could reach in; nothing of ours does, and all talk goes by messages whose sender and origin are
 * checked, as it must at Stripe.
 */
import type * as z from "zod/mini";
import { fromFrameSchema, type FromFrame, type ToFrame } from "../frames/protocol.ts";

type DistributedOmit<Message, Key extends PropertyKey> = Message extends unknown ? Omit<Message, Key> : never;

/** A message that expects an answer, before it has its number. */
type Question = DistributedOmit<Extract<ToFrame, { request: number }>, "request">;

/** A message that expects no answer. */
type Order = Exclude<ToFrame, { request: number }>;

/** A frame in the page. */
export type Frame = {
  iframe: HTMLIFrameElement;
  tell(message: Order): void;
  /** Resolves with the frame's answer once it has loaded; never, if the frame is removed first. */
  ask<Answer>(question: Question, schema: z.ZodMiniType<Answer>): Promise<Answer>;
  remove(): void;
};

/** Makes an iframe of `url`, not yet in the page. `hear` gets what the frame reports about itself. */
export function openFrame(url: string, title: string, hear: (message: FromFrame) => void): Frame {
  const iframe = document.createElement("iframe");
  iframe.title = title;
  iframe.src = url;
  const { origin } = new URL(url);
  const answers = new Map<number, (answer: unknown) => void>();
  let lastRequest = 0;
  const loading = Promise.withResolvers<void>();

  const receive = (event: MessageEvent<unknown>) => {
    if (event.origin !== origin || event.source === null || event.source !== iframe.contentWindow) {
      return;
    }
    const message = fromFrameSchema.safeParse(event.data);
    if (!message.success) {
      return;
    }
    if (message.data.kind === "answer") {
      answers.get(message.data.request)?.(message.data.answer);
      answers.delete(message.data.request);
      return;
    }
    if (message.data.kind === "loaded") {
      loading.resolve();
    }
    hear(message.data);
  };
  window.addEventListener("message", receive);

  return {
    iframe,
    tell(message) {
      void loading.promise.then(() => iframe.contentWindow?.postMessage(message, origin));
    },
    async ask(question, schema) {
      await loading.promise;
      lastRequest += 1;
      const request = lastRequest;
      const answered = new Promise<unknown>((resolve) => {
        answers.set(request, resolve);
      });
      iframe.contentWindow?.postMessage({ ...question, request }, origin);
      return schema.parse(await answered);
    },
    remove() {
      window.removeEventListener("message", receive);
      iframe.remove();
    },
  };
}
