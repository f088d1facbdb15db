/** One webhook of all, which says that the payment succeeded, alone. */
import { provePath } from "./prove-path.ts";

provePath("payment_webhook");
