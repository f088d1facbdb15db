/** The script of the account pages: buying, asking where an order is, printing a receipt. */
import { isBuying, startBuying } from "./buying.ts";
import { renewQuietly } from "./page.ts";
import { answerWhereIsIt, isLooking } from "./where-is-it.ts";

answerWhereIsIt();
void startBuying();

// A page restored by the Back button shows its state from when it was left, perhaps in the middle of an order.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});

// A page that becomes visible again may show an old balance: credits may have been used, or bought in another tab.
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && !isBuying() && !isLooking()) {
    void renewQuietly();
  }
});

for (const button of document.querySelectorAll("button[data-print]")) {
  button.removeAttribute("hidden");
  button.addEventListener("click", () => print());
}
