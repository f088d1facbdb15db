/** Access to the parts of the page the script works with. A missing one is a bug in the page, so it throws. */

/** The element with this id and type; throws if the page lacks it. */
export function part<T extends Element>(id: string, kind: new () => T): T {
  const element = document.querySelector(`#${id}`);
  if (!(element instanceof kind)) {
    throw new Error(`The page lacks #${id}.`);
  }
  return element;
}

/** Shows `text` in the message element `id`, where screen readers find it; an empty text removes the message. */
export function say(id: string, text: string): void {
  sayAt(part(id, HTMLElement), text);
}

/** The same for an element without an id. Leaves identical text alone, or it would be read aloud again. */
export function sayAt(place: Element, text: string): void {
  if (place.textContent !== text) {
    place.textContent = text;
  }
}

/** A sign-in link that opens a new tab, so that this page keeps what was typed. */
export function signInLink(): HTMLAnchorElement {
  const link = document.createElement("a");
  link.href = "/";
  link.target = "_blank";
  link.textContent = "Sign in in a new tab";
  return link;
}

/** Shows a message that contains a link or a button. */
export function sayWith(id: string, ...pieces: (string | Node)[]): void {
  part(id, HTMLElement).replaceChildren(...pieces);
}

/** Focuses an element and scrolls it into view. */
export function goTo(element: HTMLElement): void {
  element.focus({ preventScroll: true });
  element.scrollIntoView({ block: "center" });
}
