/** The alarm alone. */
import { provePath } from "./prove-path.ts";

provePath("alarm");
