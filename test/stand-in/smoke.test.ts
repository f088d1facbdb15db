import { env, exports } from "cloudflare:workers";
import { expect, it } from "vitest";
it("works", async () => {
  const r = await exports.default.fetch("http://x/");
  expect(await r.text()).toContain("hi");
  await env.DB.prepare("insert into t values (1)").run();
});
