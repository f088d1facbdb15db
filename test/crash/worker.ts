/** The local Worker as it is, but for one thing: what lies outside the Account object can be made to fail under it. */
import { Account as ProductAccount } from "../../src/worker.ts";
import { alarms, withFaults } from "./faults.ts";

export {
  Access,
  Mailbox,
  MailboxState,
  Product,
  StaffState,
  StripeApi,
  StripeState,
} from "../stand-in/worker.ts";
export { default } from "../stand-in/worker.ts";

/** How long an alarm that rings by itself, while another path is tried, is put off. */
const PUT_OFF_MILLISECONDS = 30_000;

export class Account extends ProductAccount {
  constructor(context: DurableObjectState, env: Env) {
    super(
      context,
      withFaults(env, context.id.name, () => context.abort("Died at a crash point")),
    );
  }

  override async alarm(): Promise<void> {
    if (alarms.ring) {
      await super.alarm();
    } else {
      await this.ctx.storage.setAlarm(Date.now() + PUT_OFF_MILLISECONDS);
    }
  }
}
