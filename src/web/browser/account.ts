/** The script of the account's pages: buying, asking after an order, printing a receipt. */
import { isBuying, startBuying } from "./buying.ts";
import { renewQuietly } from "./page.ts";
import { answerWhereIsIt, isLooking } from "./where-is-it.ts";

answerWhereIsIt();
void startBuying();

// A page brought back by the back button shows what was true when it was left, perhaps in the middle of an order.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});

// A page that comes back into view may show a balance of long ago: credits were used, or bought in another tab.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && !isBuying() && !isLooking()) {
    void renewQuietly();
  }
});

for (const button of document.querySelectorAll("button[data-print]")) {
  button.removeAttribute("hidden");
  button.addEventListener("click", () => print());
}
