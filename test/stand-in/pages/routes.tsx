import { Hono } from "hono";
export const pageRoutes = new Hono<{ Bindings: Cloudflare.Env }>();
