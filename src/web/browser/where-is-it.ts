/** The "Where is it?" button of an unfinished order: asks the server, shows the steps found, and announces the outcome. */
import { settleOrder } from "./api.ts";
import { isBuying } from "./buying.ts";
import { followOrder, type Report } from "./follow.ts";
import { notify, renewPage, showPaid } from "./page.ts";
import { sayAt, signInLink } from "./parts.ts";
import { showTrace, traceText } from "./trace-list.ts";

let looking = 0;

/** Whether an order is being looked up, so that the page must not change. */
export function isLooking(): boolean {
  return looking > 0;
}

/** Makes every such button work, including those added later. Without the script, the server answers with a page. */
export function answerWhereIsIt(): void {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form instanceof HTMLFormElement && form.dataset["settle"] !== undefined) {
      event.preventDefault();
      void press(form, form.dataset["settle"]);
    }
  });
}

/** One press looks once; meanwhile the button keeps its place and the focus but does nothing. */
async function press(form: HTMLFormElement, orderId: string): Promise<void> {
  const button = form.querySelector("button");
  if (button === null || button.ariaDisabled === "true") {
    return;
  }
  if (isBuying()) {
    // That may be this same order, and the bank's challenge must not be shown twice at once.
    sayAt(outputsOf(form)[0], "An order is already in progress. Please wait until it has finished.");
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
    // The list is not a live region, or every check would be read aloud; this text changes only when the order moves on.
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

/** The elements for progress and, for screen readers only, for the steps found. */
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
