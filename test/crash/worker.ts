/** The local Worker with one difference: what lies outside the Account object can be made to fail under it. */
import { Account as ProductAccount } from "../../src/worker.ts";
import { alarms, withFaults, withStorageFaults } from "./faults.ts";

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

/** How long an alarm that rings by itself while another path is tried is postponed. */
const PUT_OFF_MILLISECONDS = 30_000;

export class Account extends ProductAccount {
  readonly #storage: DurableObjectStorage;

  constructor(context: DurableObjectState, env: Env) {
    const { name } = context.id;
    const abort = () => context.abort("Died at a crash point");
    super(context, withFaults(env, name, abort));
    this.#storage = context.storage;
    this.ctx = withStorageFaults(this.ctx, name, abort);
  }

  override async alarm(): Promise<void> {
    if (alarms.ring) {
      await super.alarm();
    } else {
      await this.#storage.setAlarm(Date.now() + PUT_OFF_MILLISECONDS);
    }
  }
}
