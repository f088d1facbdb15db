import { describe, expect, it } from "vitest";
import { appearanceVariables, colourSchemeOf } from "./appearance.ts";
import { appearanceSchema } from "./protocol.ts";

describe("appearance", () => {
  it.each([
    [{}, "light"],
    [{ theme: "night" }, "dark"],
    [{ theme: "flat" }, "light"],
    [{ variables: { colorBackground: "#111" } }, "dark"],
    [{ variables: { colorBackground: "#1e2125ff" } }, "dark"],
    [{ variables: { colorBackground: "rgb(250, 250, 250)" } }, "light"],
    [{ theme: "night", variables: { colorBackground: "#ffffff" } }, "light"],
    [{ theme: "night", variables: { colorBackground: "var(--ground)" } }, "dark"],
  ] as const)("%j is drawn %s", (appearance, scheme) => {
    expect(colourSchemeOf(appearance)).toBe(scheme);
  });

  it("takes the page’s variables before its theme’s, and the theme’s before the common ones", () => {
    const variables = appearanceVariables({ theme: "night", variables: { colorPrimary: "#c0ffee" } });

    expect(variables).toMatchObject({ colorPrimary: "#c0ffee", colorText: "#ffffff", spacingUnit: "4px" });
  });

  it("refuses a theme that Stripe does not have", () => {
    expect(appearanceSchema.safeParse({ theme: "neon" }).success).toBe(false);
  });
});
