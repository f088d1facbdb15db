/** The button beside an order that has no end yet: asks for it, and tells what came of it. */
import { settleOrder } from "./api.ts";
import { followOrder } from "./follow.ts";
import { notify, renewPage, showPaid } from "./page.ts";

/** Makes every such button work, those that come later included. */
export function answerWhereIsIt(): void {
  document.addEventListener("click", (event) => {
    const button = event.target;
    if (button instanceof HTMLButtonElement && button.dataset["settle"] !== undefined) {
      void look(button, button.dataset["settle"]);
    }
  });
}

async function look(button: HTMLButtonElement, orderId: string): Promise<void> {
  const report = (text: string) => {
    const output = button.parentElement?.querySelector("output");
    if (output instanceof HTMLElement) {
      output.textContent = text;
    }
  };
  button.disabled = true;
  report("Looking…");
  const end = await followOrder(orderId, await settleOrder(orderId), report);
  button.disabled = false;
  const isOnAccountPage = document.querySelector("#done") !== null;
  if (end.kind === "paid" && isOnAccountPage) {
    await showPaid(end);
  } else if (end.kind === "failed" && isOnAccountPage) {
    await renewPage("keep");
    notify("problem", end.message);
  } else if (end.kind === "paid" || end.kind === "failed" || end.kind === "unknown") {
    // The order's own page says it all.
    location.reload();
  } else {
    report(end.message);
  }
}
