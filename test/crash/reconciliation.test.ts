/** Reconciliation alone. */
import { provePath } from "./prove-path.ts";

provePath("reconciliation");
