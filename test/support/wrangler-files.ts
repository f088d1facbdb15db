/** Reads both wrangler.toml files, in Node, for the test that compares them. */
import path from "node:path";
import type { TestProject } from "vitest/node";
import { experimental_readRawConfig as readRawConfig } from "wrangler";
import * as z from "zod";
import type { WranglerFile } from "./provided.d.ts";

const named = z.object({ name: z.string() });
const bound = z.object({ binding: z.string() });
const wranglerFile = z.object({
  compatibility_date: z.string(),
  vars: z.record(z.string(), z.unknown()),
  assets: bound,
  d1_databases: z.array(bound),
  durable_objects: z.object({ bindings: z.array(named) }),
  services: z.array(bound).default([]),
  send_email: z.array(named).default([]),
  ratelimits: z.array(named.extend({ simple: z.object({ limit: z.number(), period: z.number() }) })),
});

export default function provideWranglerFiles(project: TestProject): void {
  project.provide("wranglerFiles", {
    production: readWranglerFile("wrangler.toml"),
    local: readWranglerFile("test/stand-in/wrangler.toml"),
  });
}

function readWranglerFile(file: string): WranglerFile {
  const config = wranglerFile.parse(
    readRawConfig({ config: path.resolve(import.meta.dirname, "../..", file) }).rawConfig,
  );
  return {
    bindings: [
      ...config.d1_databases.map(({ binding }) => binding),
      ...config.durable_objects.bindings.map(({ name }) => name),
      ...config.services.map(({ binding }) => binding),
      ...config.send_email.map(({ name }) => name),
      ...config.ratelimits.map(({ name }) => name),
      config.assets.binding,
    ],
    settings: Object.keys(config.vars),
    limits: config.ratelimits.map(({ name, simple }) => ({ name, ...simple })),
    compatibilityDate: config.compatibility_date,
  };
}
