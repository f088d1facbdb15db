/** Only the one webhook that says that the payment succeeded. */
import { provePath } from "./prove-path.ts";

provePath("payment_webhook");
