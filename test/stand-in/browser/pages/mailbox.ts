/** The mailbox's pages: the list refreshes itself, and an e-mail's frame is as tall as the e-mail. */
import * as z from "zod/mini";
import { poll } from "./polling.ts";
import { showLocalTimes } from "./times.ts";

const everyMilliseconds = 2000;
const mails = z.array(z.object({ id: z.string() }));

/** Refreshes the list in place as soon as its newest e-mail or its length changes. */
export function watchMailbox(): void {
  const list = document.querySelector<HTMLElement>("[data-mailbox]");
  if (!list) {
    return;
  }
  poll(everyMilliseconds, async () => {
    const { mailbox, count, recipient } = list.dataset;
    const query = recipient ? `?to=${encodeURIComponent(recipient)}` : "";
    const response = await fetch(`/stand-in/mailbox.json${query}`);
    const now = mails.parse(await response.json());
    if ((now[0]?.id ?? "") !== mailbox || String(now.length) !== count) {
      await renew(list);
    }
  });
}

async function renew(list: HTMLElement): Promise<void> {
  const response = await fetch(location.href);
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const renewed = page.querySelector<HTMLElement>("[data-mailbox]");
  if (renewed) {
    list.replaceChildren(...renewed.childNodes);
    Object.assign(list.dataset, renewed.dataset);
    showLocalTimes(list);
  }
}

/** The frame runs no script, so it is measured from outside. */
export function fitMail(): void {
  for (const frame of document.querySelectorAll<HTMLIFrameElement>("iframe[data-fit]")) {
    const fit = () => {
      const root = frame.contentDocument?.documentElement;
      if (root) {
        frame.style.height = "0";
        frame.style.height = `${root.scrollHeight + 2}px`;
      }
    };
    frame.addEventListener("load", fit);
    window.addEventListener("resize", fit);
    fit();
  }
}
