/** Puts an appearance on a frame's document: variables, colour scheme, and the page's own rules. */
import { appearanceVariables, colourSchemeOf } from "./appearance.ts";
import type { FrameAppearance } from "./protocol.ts";

const rulesSheet = new CSSStyleSheet();
document.adoptedStyleSheets = [rulesSheet];

/** Only the classes Stripe's Appearance names may be styled, with a state or a pseudo-class at most. */
const selectorPattern = /^\.[A-Z][A-Za-z]*(--[a-z]+)?(::?[a-z-]+)*$/;

/** Redraws the frame in these looks. Safe to call again with others. */
export function applyAppearance(appearance: FrameAppearance): void {
  const root = document.documentElement;
  root.style.colorScheme = colourSchemeOf(appearance);
  for (const [name, value] of Object.entries(appearanceVariables(appearance))) {
    root.style.setProperty(`--${name}`, value);
  }
  root.classList.toggle("without-animations", appearance.disableAnimations ?? false);
  rulesSheet.replaceSync("");
  for (const [selector, declarations] of Object.entries(appearance.rules ?? {})) {
    if (selectorPattern.test(selector)) {
      rulesSheet.insertRule(`${selector} { ${cssText(declarations)} }`, rulesSheet.cssRules.length);
    }
  }
}

/** The browser's own parser keeps what is a declaration and drops the rest. */
function cssText(declarations: Record<string, string>): string {
  const { style } = document.createElement("div");
  for (const [property, value] of Object.entries(declarations)) {
    style.setProperty(
      property.replace(/[A-Z]/g, (capital) => `-${capital.toLowerCase()}`),
      value,
    );
  }
  return style.cssText;
}
