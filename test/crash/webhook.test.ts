/** The webhook alone. */
import { provePath } from "./prove-path.ts";

provePath("webhook");
