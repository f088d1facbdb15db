/** The Worker's entry: requests, the cron, and the Durable Object's class. */
import { app } from "./app.ts";
import { runCron } from "./cron/run.ts";
import type { Bindings } from "./deps.ts";

export { Account } from "./account/account.ts";

export default {
  fetch: app.fetch,
  async scheduled(_controller, env) {
    await runCron(env);
  },
} satisfies ExportedHandler<Bindings>;
