/** The script of the account's pages: buying, asking after an order, printing a receipt. */
import { startBuying } from "./buying.ts";
import { answerWhereIsIt } from "./where-is-it.ts";

answerWhereIsIt();
void startBuying();

// A page brought back by the back button shows what was true when it was left, perhaps in the middle of an order.
addEventListener("pageshow", (event) => {
  if (event.persisted) {
    location.reload();
  }
});

for (const button of document.querySelectorAll("button[data-print]")) {
  button.removeAttribute("hidden");
  button.addEventListener("click", () => print());
}
