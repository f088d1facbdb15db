/** The Worker's entry: requests, the cron, and the Durable Object's class. */
import { app } from "./app.ts";
import { recoverAll } from "./account/recover-all.ts";
import type { Bindings } from "./deps.ts";

export { Account } from "./account/account.ts";

export default {
  fetch: app.fetch,
  async scheduled(_controller, env) {
    await recoverAll(env);
  },
} satisfies ExportedHandler<Bindings>;
