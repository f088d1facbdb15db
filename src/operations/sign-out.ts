/** Ends a session on the server, not only in the browser: a copy of the cookie no longer works. */
import type { Deps } from "../deps.ts";
import { deleteSession } from "../store/sessions.ts";
import { hashOf } from "./secret-token.ts";

/** Ends the session with this secret, if there is one. */
export async function signOut(deps: Deps, sessionToken: string): Promise<void> {
  await deleteSession(deps.db, await hashOf(sessionToken));
}
