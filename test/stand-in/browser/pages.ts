/** The script of the stand-in's own pages. Each part looks for the elements it works on and is idle without them. */
import { offerCopies } from "./pages/copy.ts";
import { fitMail, watchMailbox } from "./pages/mailbox.ts";
import { watchPayments } from "./pages/payments.ts";
import { showStripeLog } from "./pages/stripe-log.ts";
import { wireSwitches } from "./pages/switches.ts";
import { showLocalTimes } from "./pages/times.ts";

showLocalTimes(document);
offerCopies();
watchMailbox();
fitMail();
wireSwitches();
showStripeLog();
watchPayments();
