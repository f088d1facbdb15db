/** What every route of /admin finds in its context. */
import type { WebEnv } from "../web-env.ts";

/** Behind the staff guard: whose act it is. */
export type StaffEnv = WebEnv & { Variables: { staff: string } };
