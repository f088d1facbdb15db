/** The limit on what staff send: a note and a few numbers. */
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { fail } from "../failure-response.ts";
import type { StaffEnv } from "./staff-env.ts";

const LARGEST_BODY_BYTES = 16 * 1024;

/** Refuses, with `body_too_large`, anything longer. */
export const limitBody = bodyLimit({
  maxSize: LARGEST_BODY_BYTES,
  onError: (c: Context<StaffEnv>) => fail(c, { kind: "body_too_large", limitBytes: LARGEST_BODY_BYTES }),
});
