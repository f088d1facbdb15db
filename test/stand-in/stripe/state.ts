import { DurableObject } from "cloudflare:workers";
export class StripeState extends DurableObject<Env> {}
