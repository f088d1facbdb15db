import { Hono } from "hono";
export const stripeRoutes = new Hono<{ Bindings: Env }>();
