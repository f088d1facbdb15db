/**
 * How an element looks: Stripe's themes and variables (https://docs.stripe.com/elements/appearance-api), as
 * CSS custom properties of the same names. A page's variables win over its theme's.
 */
import type { FrameAppearance } from "./protocol.ts";

type Variables = Record<string, string>;

const common: Variables = {
  fontFamily: "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif",
  fontSizeBase: "16px",
  fontSizeSm: "0.9375rem",
  fontSizeXs: "0.8125rem",
  fontLineHeight: "1.4",
  fontWeightNormal: "400",
  fontWeightMedium: "500",
  spacingUnit: "4px",
  borderRadius: "5px",
  gridRowSpacing: "calc(var(--spacingUnit) * 4)",
  gridColumnSpacing: "calc(var(--spacingUnit) * 4)",
  labelColorText: "var(--colorText)",
  labelFontSize: "var(--fontSizeSm)",
  labelFontWeight: "var(--fontWeightNormal)",
  labelSpacing: "calc(var(--spacingUnit) * 1.25)",
  colorTextSecondary: "color-mix(in srgb, var(--colorText) 72%, var(--colorBackground))",
  colorTextPlaceholder: "color-mix(in srgb, var(--colorText) 60%, var(--colorBackground))",
  inputColorBorder: "color-mix(in srgb, var(--colorText) 18%, var(--colorBackground))",
  inputBoxShadow: "0 1px 2px rgb(0 0 0 / 5%)",
  inputFocusColorBorder: "var(--colorPrimary)",
  inputFocusBoxShadow: "0 0 0 3px color-mix(in srgb, var(--colorPrimary) 28%, transparent)",
  focusOutline: "none",
  iconColor: "var(--colorTextSecondary)",
};

const themes: Record<NonNullable<FrameAppearance["theme"]>, Variables> = {
  stripe: {
    colorPrimary: "#0570de",
    colorBackground: "#ffffff",
    colorText: "#30313d",
    colorDanger: "#c5162e",
  },
  night: {
    colorPrimary: "#85d996",
    colorBackground: "#30313d",
    colorText: "#ffffff",
    colorDanger: "#fe9ab0",
    inputBoxShadow: "none",
  },
  flat: {
    colorPrimary: "#0570de",
    colorBackground: "#f1f2f4",
    colorText: "#30313d",
    colorDanger: "#c5162e",
    inputColorBorder: "var(--colorBackground)",
    inputBoxShadow: "none",
  },
};

/** Every variable with its value, named as in Stripe's Appearance and without the two dashes. */
export function appearanceVariables({ theme = "stripe", variables = {} }: FrameAppearance): Variables {
  return { ...common, ...themes[theme], ...variables };
}

/** Whether native parts (lists, scroll bars, the browser's own fill) are drawn light or dark. */
export function colourSchemeOf(appearance: FrameAppearance): "light" | "dark" {
  const background = appearanceVariables(appearance)["colorBackground"] ?? "";
  const channels = colourChannels(background);
  if (channels === null) {
    return appearance.theme === "night" ? "dark" : "light";
  }
  // Relative weight of the channels for the eye, near enough to tell light from dark (ITU-R BT.601).
  const [red, green, blue] = channels;
  return 0.299 * red + 0.587 * green + 0.114 * blue < 128 ? "dark" : "light";
}

function colourChannels(colour: string): readonly [number, number, number] | null {
  const [, hex] = /^#([\da-f]{3,8})$/i.exec(colour.trim()) ?? [];
  if (hex !== undefined) {
    const wide = hex.length < 6 ? hex.replace(/./g, "$&$&") : hex;
    const channel = (at: number) => Number.parseInt(wide.slice(at, at + 2), 16);
    return [channel(0), channel(2), channel(4)];
  }
  const [, red, green, blue] = /^rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)/i.exec(colour.trim()) ?? [];
  return red === undefined ? null : [Number(red), Number(green), Number(blue)];
}
