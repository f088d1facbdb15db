/** The customer asking where it is, alone. */
import { provePath } from "./prove-path.ts";

provePath("button");
