/** The guard before /admin: staff pass, by what Cloudflare Access signed; to everybody else there is nothing there. */
import { createMiddleware } from "hono/factory";
import { fail } from "../failure-response.ts";
import type { StaffEnv } from "./staff-env.ts";

/** The header that Access adds at the edge. Its cookie says the same, and is not looked at: other sites could make a browser send it. */
const HEADER = "Cf-Access-Jwt-Assertion";

/** Lets only staff pass, and sets `staff` to the address Access vouches for. Others get the answer of an unknown address. */
export const requireStaff = createMiddleware<StaffEnv>(async (c, next) => {
  const token = c.req.header(HEADER);
  const email = token === undefined ? null : await c.var.deps.identifyStaff(token);
  if (email === null) {
    return fail(c, { kind: "not_found" });
  }
  c.set("staff", email);
  await next();
  return undefined;
});
