/** The context every route receives. */
import type { Bindings, Deps } from "../deps.ts";
import type { Account } from "../store/accounts.ts";

export type WebEnv = {
  Bindings: Bindings;
  Variables: {
    /** Set by the app for every request. */
    deps: Deps;
    /** Identifies this request in responses and logs. */
    requestId: string;
    /** The e-mail address of the member of staff; set only behind the /admin guard. */
    staff?: string;
  };
};

/** The context behind the session guard, with the signed-in account. */
export type SignedInEnv = WebEnv & { Variables: { account: Account } };
