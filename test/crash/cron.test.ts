/** The cron alone. */
import { provePath } from "./prove-path.ts";

provePath("cron");
