/** All paths at once. */
import { provePath } from "./prove-path.ts";

provePath("all");
