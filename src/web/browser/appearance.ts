/** Our colours and sizes for Stripe's fields, which are in iframes that our stylesheet cannot reach. */
import type { Appearance } from "@stripe/stripe-js";

/** The page's current look, as Stripe's Appearance API expects it. https://docs.stripe.com/elements/appearance-api */
export function pageAppearance(): Appearance {
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    theme: isDark.matches ? "night" : "stripe",
    variables: {
      colorPrimary: read("accent"),
      colorBackground: read("surface"),
      colorText: read("text"),
      colorTextSecondary: read("quiet"),
      colorTextPlaceholder: read("quiet"),
      colorDanger: read("bad"),
      fontFamily: read("font"),
      fontSizeBase: "16px",
      fontSizeSm: "0.9375rem",
      borderRadius: read("radius"),
    },
    rules: {
      ".Input": { borderColor: read("control-line"), boxShadow: "none" },
      ".Label": { color: read("text"), fontWeight: "500" },
    },
  };
}

const isDark = matchMedia("(prefers-color-scheme: dark)");

/** Calls `changed` whenever the page switches between dark and light. */
export function onAppearanceChange(changed: () => void): void {
  isDark.addEventListener("change", changed);
}
