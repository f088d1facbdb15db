import { Hono } from "hono";
export const mailboxRoutes = new Hono<{ Bindings: Env }>();
