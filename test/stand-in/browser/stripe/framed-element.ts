/** What the payment and address elements have in common: a frame in a container, and its events. */
import * as z from "zod/mini";
import { colourSchemeOf } from "../frames/appearance.ts";
import type { AddressView, FrameAppearance, FromFrame, PaymentView } from "../frames/protocol.ts";
import { eventHandlers, type Events } from "./events.ts";
import { openFrame, type Frame } from "./frame.ts";
import { integrationError } from "./integration-error.ts";
import { placeholder } from "./placeholder.ts";

/** What every frame of one group is told. */
export type GroupSettings = {
  standInUrl: string;
  publishableKey: string;
  locale: string;
  appearance: FrameAppearance;
  showsLoader: boolean;
};

/** How one kind of element differs from the other. */
export type ElementKind = {
  type: "payment" | "address";
  title: string;
  /** Height of the form in CSS pixels before it has reported its own. */
  firstHeight: number;
  settings: () => GroupSettings;
  view: () => PaymentView | AddressView;
  /** Turns what the frame reports about its state into the event the page gets. */
  changed: (state: unknown, events: Events) => void;
  /** Not Stripe's: a test card of this country was picked in the frame. */
  picked?: (country: string) => void;
  destroyed: () => void;
};

/** The common half of an element. */
export type FramedElement = {
  events: Events;
  mount(place: string | HTMLElement): void;
  unmount(): void;
  destroy(): void;
  focus(): void;
  blur(): void;
  clear(): void;
  /** Tells the frame what to show and how it looks; resolves when that is drawn, or at once when unmounted. */
  configure(): Promise<void>;
  /** The mounted frame, or undefined. */
  frame(): Frame | undefined;
  /** The iframe, for finding which of two elements stands first in the page. */
  position(): Node | undefined;
};

/** A frame that has been silent for this long is reported as a load error. */
const loadTimeoutMilliseconds = 15_000;

/** Outlines reach over a field's edge: the frame is this much larger than what it shows, all around. */
const bleedPixels = 4;

const configured = z.object({});

/** Builds the common half. Nothing is in the page before `mount`. */
export function framedElement(kind: ElementKind): FramedElement {
  const events = eventHandlers();
  let frame: Frame | undefined;
  let timeout = 0;
  let isDestroyed = false;

  function hear(message: FromFrame) {
    switch (message.kind) {
      case "loaded":
        clearTimeout(timeout);
        void begin();
        return;
      case "height":
        frame?.iframe.style.setProperty("height", `${message.height + 2 * bleedPixels}px`);
        return;
      case "change":
        kind.changed(message.state, events);
        return;
      case "focus":
      case "blur":
      case "escape":
        events.emit(message.kind, { elementType: kind.type });
        return;
      case "picked":
        kind.picked?.(message.country);
        return;
      case "leave":
      case "answer":
    }
  }

  async function begin() {
    await element.configure();
    container()?.querySelector("[data-placeholder]")?.remove();
    events.emit("ready", { elementType: kind.type });
  }

  const container = () => frame?.iframe.parentElement;

  const element: FramedElement = {
    events,
    frame: () => frame,
    position: () => frame?.iframe,

    mount(place) {
      if (isDestroyed) {
        throw integrationError("This Element has already been destroyed. Please create a new one.");
      }
      const found = typeof place === "string" ? document.querySelector(place) : place;
      if (!found) {
        throw integrationError(
          `element.mount() found nothing at ${typeof place === "string" ? place : "the element given"}.`,
        );
      }
      element.unmount();
      const { standInUrl, showsLoader } = kind.settings();
      frame = openFrame(new URL(`elements/${kind.type}`, standInUrl).href, kind.title, hear);
      frame.iframe.name = `stand-in-${kind.type}`;
      Object.assign(frame.iframe.style, {
        display: "block",
        width: `calc(100% + ${2 * bleedPixels}px)`,
        height: `${kind.firstHeight}px`,
        margin: `-${bleedPixels}px`,
        border: "0",
        background: "transparent",
      });
      const wrapper = document.createElement("div");
      wrapper.style.position = "relative";
      wrapper.append(frame.iframe);
      if (showsLoader) {
        wrapper.append(placeholder(kind.settings().appearance));
      }
      found.replaceChildren(wrapper);
      timeout = setTimeout(() => {
        const error = { type: "api_connection_error", message: `The ${kind.type} form did not load.` };
        events.emit("loaderror", { elementType: kind.type, error });
      }, loadTimeoutMilliseconds);
      events.emit("loaderstart", { elementType: kind.type });
    },

    unmount() {
      clearTimeout(timeout);
      container()?.remove();
      frame?.remove();
      frame = undefined;
    },

    destroy() {
      element.unmount();
      isDestroyed = true;
      kind.destroyed();
    },

    focus: () => frame?.tell({ kind: "focus" }),
    blur: () => frame?.tell({ kind: "blur" }),
    clear: () => frame?.tell({ kind: "clear" }),

    async configure() {
      if (!frame) {
        return;
      }
      const { publishableKey, locale, appearance } = kind.settings();
      // A frame whose scheme differs from its element's is painted on an opaque ground by the browser.
      frame.iframe.style.colorScheme = colourSchemeOf(appearance);
      await frame.ask(
        { kind: "configure", publishableKey, locale, appearance, view: kind.view() },
        configured,
      );
    },
  };
  return element;
}
