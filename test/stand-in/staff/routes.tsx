/** Signing in as staff, in place of Cloudflare Access's sign-in page in production. */
import { type Context, Hono } from "hono";
import { deleteCookie, setCookie } from "hono/cookie";
import * as z from "zod";
import { document } from "../pages/document.tsx";
import { StaffPage } from "./page.tsx";
import { COOKIE, signedInStaff } from "./sign-header.ts";

const form = z.object({ email: z.email() });

/** Mounted at /stand-in. */
export const staffRoutes = new Hono<{ Bindings: Env }>()
  .get("/staff", (context) => {
    const page = <StaffPage email={signedInStaff(context.req.raw)} />;
    return context.html(document(page, "Staff", "/stand-in/staff"));
  })
  .post("/staff", async (context) => {
    const asked = form.safeParse(await context.req.parseBody());
    if (!asked.success) {
      return context.html(document(<StaffPage email={null} isUnreadable />, "Staff", "/stand-in/staff"), 422);
    }
    setCookie(context, COOKIE, asked.data.email, { path: "/", httpOnly: true, sameSite: "Lax" });
    return context.redirect("/admin", 303);
  })
  .post("/staff/sign-out", signOut);

/** The path of Access's sign-out page in production, on the same host. */
export const accessRoutes = new Hono<{ Bindings: Env }>().get("/access/logout", signOut);

function signOut(context: Context<{ Bindings: Env }>): Response {
  deleteCookie(context, COOKIE, { path: "/" });
  return context.redirect("/stand-in/staff", 303);
}
