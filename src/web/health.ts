/** Health check: D1 responds, and its schema is the one this build expects. */
import { Hono } from "hono";
import { NEWEST_MIGRATION, readNewestMigration } from "../store/schema.ts";
import type { WebEnv } from "./web-env.ts";

export const healthRoutes = new Hono<WebEnv>().get("/healthz", async (c) => {
  const found = await readNewestMigration(c.get("deps").db).catch(() => null);
  const isHealthy = found === NEWEST_MIGRATION;
  return c.json(
    {
      healthy: isHealthy,
      database: found === null ? "unreachable" : "reachable",
      schema: found,
      expected_schema: NEWEST_MIGRATION,
    },
    isHealthy ? 200 : 503,
  );
});
