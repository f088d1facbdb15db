import { beforeEach, describe, expect, it } from "vitest";
import { ask, control, errorOf, read, reset, stripe } from "./support.ts";

beforeEach(reset);

describe("faults that are armed", () => {
  it("are listed oldest first, with how often each is still to happen", async () => {
    await control("/stripe/faults", { kind: "fail_before", match: "POST /v1/customers", times: 2 });
    await control("/stripe/faults", { kind: "slow", delay_ms: 20 });

    await errorOf(stripe.customers.create());

    expect(await read("/stripe/faults")).toEqual({
      faults: [
        { match: "POST /v1/customers", kind: "fail_before", times: 1, delay_ms: 0 },
        { match: "* /v1/", kind: "slow", times: 1, delay_ms: 20 },
      ],
    });
  });

  it("can all be disarmed at once, and calls then succeed again", async () => {
    await control("/stripe/faults", { kind: "fail_before", match: "POST /v1/customers", times: 5 });
    await control("/stripe/faults", { kind: "unreachable" });

    expect((await ask("DELETE", "/faults")).body).toEqual({ disarmed: 2 });

    expect(await read("/stripe/faults")).toEqual({ faults: [] });
    expect(await stripe.customers.create()).toMatchObject({ object: "customer" });
    expect((await ask("DELETE", "/faults")).body).toEqual({ disarmed: 0 });
  });
});
