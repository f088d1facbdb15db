/** One field of a frame's form: its control, its label, and the message under it. */

/** A field found in the document by the name of its control. */
export type FormField<
  Control extends HTMLInputElement | HTMLSelectElement = HTMLInputElement | HTMLSelectElement,
> = {
  control: Control;
  /** Shows a fault in words and marks the control, or takes both away. */
  show(message: string | null): void;
  showsFault(): boolean;
  setLabel(text: string): void;
  /** A field that is hidden keeps its value but takes no part in the form. */
  setUsed(isUsed: boolean): void;
  isUsed(): boolean;
};

/** The field whose control is an input. */
export function inputField(name: string): FormField<HTMLInputElement> {
  return formField(name, HTMLInputElement);
}

/** The field whose control is a list. */
export function listField(name: string): FormField<HTMLSelectElement> {
  return formField(name, HTMLSelectElement);
}

function formField<Control extends HTMLInputElement | HTMLSelectElement>(
  name: string,
  kind: abstract new () => Control,
): FormField<Control> {
  const field = find(document, `[data-field="${name}"]`, HTMLElement);
  const control = find(field, "input, select", kind);
  const label = find(field, "label", HTMLElement);
  const message = find(field, ".Error", HTMLElement);
  return {
    control,
    show(text) {
      control.setAttribute("aria-invalid", String(text !== null));
      control.classList.toggle("Input--invalid", text !== null);
      label.classList.toggle("Label--invalid", text !== null);
      message.textContent = text ?? "";
    },
    showsFault: () => message.textContent !== "",
    setLabel(text) {
      label.textContent = text;
    },
    setUsed(isUsed) {
      field.hidden = !isUsed;
      control.disabled = !isUsed;
    },
    isUsed: () => !field.hidden,
  };
}

/** The element at a selector that must be in the document; the stand-in drew it itself. */
export function find<Kind extends Element>(
  within: ParentNode,
  selector: string,
  kind: abstract new () => Kind,
): Kind {
  const found = within.querySelector(selector);
  if (!(found instanceof kind)) {
    throw new Error(`The frame has no ${kind.name} at ${selector}.`);
  }
  return found;
}
