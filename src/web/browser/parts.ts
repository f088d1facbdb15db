/** The parts of the page that the script speaks to. A missing one is a mistake in the page, and said at once. */

/** The element with this id and kind; throws where the page lacks it. */
export function part<T extends Element>(id: string, kind: new () => T): T {
  const element = document.querySelector(`#${id}`);
  if (!(element instanceof kind)) {
    throw new Error(`The page lacks #${id}.`);
  }
  return element;
}

/** Puts `text` into a message's place, where a screen reader finds it; an empty text takes the message away. */
export function say(id: string, text: string): void {
  sayAt(part(id, HTMLElement), text);
}

/** The same, for a place without an id. What stands there already is not said again: it would be read aloud again. */
export function sayAt(place: Element, text: string): void {
  if (place.textContent !== text) {
    place.textContent = text;
  }
}

/** A way to sign in that leaves this page, and what is typed in it, as it is. */
export function signInLink(): HTMLAnchorElement {
  const link = document.createElement("a");
  link.href = "/";
  link.target = "_blank";
  link.textContent = "Sign in in a new tab";
  return link;
}

/** The same, for a message with a link or a button in it. */
export function sayWith(id: string, ...pieces: (string | Node)[]): void {
  part(id, HTMLElement).replaceChildren(...pieces);
}

/** Moves the reader to an element: focus, and into view. */
export function goTo(element: HTMLElement): void {
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "center" });
}
