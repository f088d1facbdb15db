export { Account } from "./account/account.ts";
export default {
  fetch(_request: Request, _env: Env, _ctx: ExecutionContext): Response | Promise<Response> {
    return new Response("hi");
  },
} satisfies ExportedHandler<Env>;
