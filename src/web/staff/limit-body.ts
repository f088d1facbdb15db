/** The size limit on staff requests, which hold at most a note and a few numbers. */
import type { Context } from "hono";
import { bodyLimit } from "hono/body-limit";
import { fail } from "../failure-response.ts";
import type { StaffEnv } from "./staff-env.ts";

const LARGEST_BODY_BYTES = 16 * 1024;

/** Refuses anything larger with `body_too_large`. */
export const limitBody = bodyLimit({
  maxSize: LARGEST_BODY_BYTES,
  onError: (c: Context<StaffEnv>) => fail(c, { kind: "body_too_large", limitBytes: LARGEST_BODY_BYTES }),
});
