/** The guard on /admin: lets staff pass if Cloudflare Access signed the request; everyone else gets a 404. */
import { createMiddleware } from "hono/factory";
import { fail } from "../failure-response.ts";
import type { StaffEnv } from "./staff-env.ts";

/** The header that Access adds at the edge. Access also sets a cookie with the same token, but we ignore it, because other sites could make a browser send it. */
const HEADER = "Cf-Access-Jwt-Assertion";

/** Lets only staff pass, and sets `staff` to the e-mail address Access vouches for. Others get the same 404 as for an unknown path. */
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
