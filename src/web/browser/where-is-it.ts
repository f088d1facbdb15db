/** The button beside an order that has no end yet: asks for it, shows what is found, and tells what came of it. */
import { settleOrder } from "./api.ts";
import { isBuying } from "./buying.ts";
import { followOrder, type Report } from "./follow.ts";
import { notify, renewPage, showPaid } from "./page.ts";
import { sayAt, signInLink } from "./parts.ts";
import { showTrace, traceText } from "./trace-list.ts";

let looking = 0;

/** Whether an order is being looked for, and the page must stay as it is. */
export function isLooking(): boolean {
  return looking > 0;
}

/** Makes every such button work, those that come later included. Without this the server answers it with a page. */
export function answerWhereIsIt(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form instanceof HTMLFormElement && form.dataset["settle"] !== undefined) {
      event.preventDefault();
      void press(form, form.dataset["settle"]);
    }
  });
}

/** One press looks once; the button stays where it is, and keeps the focus, but does nothing meanwhile. */
async function press(form: HTMLFormElement, orderId: string): Promise<void> {
  const button = form.querySelector("button");
  if (button === null || button.ariaDisabled === "true") {
    return;
  }
  if (isBuying()) {
    // That may be this very order, and the bank must not ask twice at once.
    sayAt(outputsOf(form)[0], "An order is on its way already. Please wait until it has ended.");
    return;
  }
  button.ariaDisabled = "true";
  looking += 1;
  try {
    await look(form, orderId);
  } finally {
    looking -= 1;
    button.ariaDisabled = "false";
  }
}

async function look(form: HTMLFormElement, orderId: string): Promise<void> {
  const [seen, heard] = outputsOf(form);
  const report: Report = (progress, trace) => {
    showTrace(form, trace);
    sayAt(seen, progress);
    // The list itself is silent, or every look would be read aloud; this changes when the order has moved.
    sayAt(heard, trace.length === 0 ? heard.textContent : traceText(trace));
  };
  report("Looking…", []);
  const first = await settleOrder(orderId);
  const end = await followOrder(orderId, first, report);
  switch (end.kind) {
    case "paid": {
      await showPaid(end);
      return;
    }
    case "failed": {
      await renewPage("keep");
      notify("problem", end.message);
      return;
    }
    case "unknown": {
      location.reload();
      return;
    }
    case "signed_out": {
      sayAt(heard, "");
      seen.replaceChildren("You are no longer signed in. ", signInLink(), ", then press the button again.");
      return;
    }
    case "waiting":
    case "unanswered": {
      sayAt(seen, end.message);
    }
  }
}

/** Where is said how it goes, and, for screen readers alone, what was found. */
function outputsOf(form: HTMLFormElement): [HTMLElement, HTMLElement] {
  const output = form.querySelector("output") ?? form.appendChild(document.createElement("output"));
  let [seen, heard] = output.querySelectorAll("span");
  if (seen === undefined || heard === undefined) {
    seen = document.createElement("span");
    heard = document.createElement("span");
    heard.className = "spoken";
    output.replaceChildren(seen, " ", heard);
  }
  return [seen, heard];
}
