/** Gives every test file a database like that of `npm start`: migrated and seeded. */
import { applyD1Migrations } from "cloudflare:test";
import { env } from "cloudflare:workers";

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
await env.DB.batch(
  env.TEST_SEED.split(";\n")
    .map((statement) => statement.replaceAll(/^--.*$/gm, "").trim())
    .filter((statement) => statement !== "")
    .map((statement) => env.DB.prepare(statement)),
);
