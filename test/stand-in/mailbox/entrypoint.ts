import { WorkerEntrypoint } from "cloudflare:workers";
export class Mailbox extends WorkerEntrypoint<Env> {}
