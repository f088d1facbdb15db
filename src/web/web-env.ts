/** What every route finds in its context. */
import type { Bindings, Deps } from "../deps.ts";
import type { Account } from "../store/accounts.ts";

export type WebEnv = {
  Bindings: Bindings;
  Variables: {
    /** Set for every request by the app. */
    deps: Deps;
    /** Names this request in answers and logs. */
    requestId: string;
    /** The address of the member of staff who asks; set behind the guard of /admin, and nowhere else. */
    staff?: string;
  };
};

/** The same, behind the session guard: whose session it is. */
export type SignedInEnv = WebEnv & { Variables: { account: Account } };
