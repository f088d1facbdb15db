import { DurableObject } from "cloudflare:workers";
export class MailboxState extends DurableObject<Env> {}
