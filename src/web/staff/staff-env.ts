/** The context every route under /admin receives. */
import type { WebEnv } from "../web-env.ts";

/** Behind the staff guard, with the e-mail address of the member of staff. */
export type StaffEnv = WebEnv & { Variables: { staff: string } };
