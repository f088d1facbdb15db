/** What can be measured about a page's accessibility: contrast, names, sizes, and no scrolling sideways. */
import type { Page } from "playwright-core";

/**
 * How a page breaks WCAG 2.2 AA, one sentence each: text that is too faint (1.4.3), drawings that are too faint
 * (1.4.11), fields, buttons and drawings without a name (4.1.2, 1.1.1), small targets (2.5.8), and content wider than
 * the window (1.4.10). It does not see into Stripe's frames.
 */
export function faultsOf(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    type Colour = { red: number; green: number; blue: number; alpha: number };

    // oxlint-disable-next-line unicorn/consistent-function-scoping -- It crosses into the browser together with the code around it.
    function toColour(text: string): Colour {
      const [red = 0, green = 0, blue = 0, alpha = 1] = (text.match(/[\d.]+/g) ?? []).map(Number);
      return { red, green, blue, alpha: text === "none" ? 0 : alpha };
    }

    function luminance({ red, green, blue }: Colour): number {
      const [r = 0, g = 0, b = 0] = [red, green, blue].map((part) => {
        const share = part / 255;
        return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
      });
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    }

    function contrast(one: Colour, other: Colour): number {
      const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
      return (light + 0.05) / (dark + 0.05);
    }

    function behind(element: Element | null): Colour {
      for (let at = element; at !== null; at = at.parentElement) {
        const colour = toColour(getComputedStyle(at).backgroundColor);
        if (colour.alpha === 1) {
          return colour;
        }
      }
      return toColour("rgb(255 255 255)");
    }

    // oxlint-disable-next-line unicorn/consistent-function-scoping -- The same.
    function isShown(element: Element): boolean {
      const { width, height } = element.getBoundingClientRect();
      return element.checkVisibility({ visibilityProperty: true }) && width > 1 && height > 1;
    }

    const faults: string[] = [];
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (texts.nextNode() !== null) {
      const { parentElement, textContent } = texts.currentNode;
      const said = textContent?.trim() ?? "";
      if (parentElement === null || said === "" || parentElement.closest("svg, noscript") !== null) {
        continue;
      }
      // A disabled button need not stand out.
      if (!isShown(parentElement) || parentElement.closest(":disabled") !== null) {
        continue;
      }
      const style = getComputedStyle(parentElement);
      const size = Number.parseFloat(style.fontSize);
      const isLarge = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
      const ratio = contrast(toColour(style.color), behind(parentElement));
      if (ratio < (isLarge ? 3 : 4.5)) {
        faults.push(`"${said}" has a contrast of ${ratio.toFixed(2)}`);
      }
    }
    for (const line of document.querySelectorAll(".chart .line, .chart .zero")) {
      const ratio = contrast(toColour(getComputedStyle(line).stroke), behind(line));
      if (ratio < 3) {
        faults.push(`a line of the drawing has a contrast of ${ratio.toFixed(2)}`);
      }
    }
    for (const svg of document.querySelectorAll("svg:not([aria-hidden=true])")) {
      if ((svg.getAttribute("aria-label") ?? "") === "") {
        faults.push("a drawing has no name");
      }
    }
    for (const field of document.querySelectorAll("input:not([type=hidden]), button, a[href]")) {
      if (!isShown(field)) {
        continue;
      }
      const label = field instanceof HTMLInputElement ? field.labels?.[0]?.textContent : field.textContent;
      if ((field.getAttribute("aria-label") ?? label ?? "").trim() === "") {
        faults.push(`${field.outerHTML} has no name`);
      }
      const { width, height } = field.getBoundingClientRect();
      const isRadio = field instanceof HTMLInputElement && field.labels !== null && field.labels.length > 0;
      if (field.tagName !== "A" && !isRadio && (width < 24 || height < 24)) {
        faults.push(`${field.outerHTML} is ${width} by ${height} pixels`);
      }
    }
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    for (const id of ids.filter((one, at) => ids.indexOf(one) !== at)) {
      faults.push(`the id ${id} is there twice`);
    }
    const over = document.documentElement.scrollWidth - window.innerWidth;
    if (over > 0) {
      faults.push(`${over} pixels stand beside the window`);
    }
    return faults;
  });
}

/** Whatever the Tab key reaches without visible focus (WCAG 2.4.7), except in Stripe's frames. */
export async function unseenFocus(page: Page): Promise<string[]> {
  const unseen: string[] = [];
  for (let pressed = 0; pressed < 25; pressed += 1) {
    await page.keyboard.press("Tab");
    const found = await page.evaluate(() => {
      const { activeElement } = document;
      if (activeElement === null || activeElement === document.body) {
        return "end";
      }
      // A choice shows the focus of the button inside it.
      const shown = activeElement.closest(".choice:has([type=radio]:focus)") ?? activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(shown);
      const isSeen = outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2;
      return isSeen || activeElement instanceof HTMLIFrameElement
        ? "seen"
        : activeElement.outerHTML.slice(0, 80);
    });
    if (found === "end") {
      break;
    }
    if (found !== "seen") {
      unseen.push(`${found} does not show its focus`);
    }
  }
  return unseen;
}
