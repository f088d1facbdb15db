/** The three fields of a card: they group the digits while one types, and move on when a field is full. */
import { brandOf, brandShapes, type Brand } from "../card/brand.ts";
import { expiryDigits, expiryFault, shownExpiry } from "../card/expiry.ts";
import { faultSentences, securityCodeDigits, securityCodeFault, type CardFault } from "../card/faults.ts";
import { groupedNumber, numberDigits, numberFault } from "../card/number.ts";
import { find, inputField } from "./form-field.ts";

/** Wires the fields up. `changed` is called after every change a person makes. */
export function cardFields(changed: () => void) {
  const number = inputField("number");
  const expiry = inputField("expiry");
  const securityCode = inputField("cvc");
  const marks = find(document, ".BrandMarks", HTMLElement);

  const digitsOfNumber = () => numberDigits(number.control.value);
  const digitsOfExpiry = () => expiryDigits(expiry.control.value);
  const brand = (): Brand => brandOf(digitsOfNumber());

  const checked = [
    { field: number, fault: (): CardFault | null => numberFault(digitsOfNumber()) },
    { field: expiry, fault: (): CardFault | null => expiryFault(digitsOfExpiry(), new Date()) },
    {
      field: securityCode,
      fault: (): CardFault | null => securityCodeFault(securityCode.control.value, brand()),
    },
  ];

  function redraw() {
    const isKnown = brand() !== "unknown";
    marks.dataset["brand"] = brand();
    find(document, "#number-brand", HTMLElement).textContent = isKnown ? brandShapes[brand()].name : "";
    const { securityCodeLength } = brandShapes[brand()];
    securityCode.control.maxLength = securityCodeLength;
    securityCode.control.value = securityCodeDigits(securityCode.control.value, brand());
    find(document, ".CodeMark", SVGElement).dataset["length"] = String(securityCodeLength);
  }

  /** Shows at once what no further digit can mend, and what is merely unfinished when the field is left. */
  function showWhileTyping() {
    for (const { field, fault } of checked) {
      const now = fault();
      const isFinal =
        now !== null && !now.startsWith("incomplete") && document.activeElement === field.control;
      if (isFinal || field.showsFault()) {
        field.show(now === null ? null : faultSentences[now]);
      }
    }
  }

  function typed() {
    redraw();
    showWhileTyping();
    changed();
  }

  number.control.addEventListener("input", (event) => {
    rewrite(number.control, numberDigits, groupedNumber);
    typed();
    if (isTyped(event) && isAtEnd(number.control) && numberFault(digitsOfNumber()) === null) {
      expiry.control.focus();
    }
  });

  expiry.control.addEventListener("input", (event) => {
    const written = expiry.control.value;
    // Erasing the slash erases the digit before it, too; otherwise one could never get past it.
    const erasedSlash = isErased(event) && /^\d\d \/$/.test(written);
    const digits = erasedSlash ? written.slice(0, 1) : expiryDigits(written);
    expiry.control.value = isErased(event) && digits.length === 2 ? digits : shownExpiry(digits);
    typed();
    if (isTyped(event) && expiryFault(digits, new Date()) === null) {
      securityCode.control.focus();
    }
  });

  securityCode.control.addEventListener("input", typed);

  return {
    number,
    securityCode,
    checked,
    redraw,
    numberDigits: digitsOfNumber,
    expiryDigits: digitsOfExpiry,
    /** Fills in a whole card that is good for years. */
    fill(digits: string) {
      number.control.value = groupedNumber(digits);
      expiry.control.value = shownExpiry("1234");
      redraw();
      securityCode.control.value = "1234".slice(0, brandShapes[brand()].securityCodeLength);
      for (const { field, fault } of checked) {
        const now = fault();
        field.show(now === null ? null : faultSentences[now]);
      }
    },
  };
}

/** Regroups the digits in a control and keeps the caret behind the same digit. */
function rewrite(
  control: HTMLInputElement,
  digitsOf: (typed: string) => string,
  shown: (digits: string) => string,
): void {
  const before = control.value.slice(0, control.selectionStart ?? control.value.length);
  const digitsBefore = before.replace(/\D/g, "").length;
  const wasAtEnd = isAtEnd(control);
  control.value = shown(digitsOf(control.value));
  if (wasAtEnd) {
    return;
  }
  let caret = 0;
  for (let digits = 0; caret < control.value.length && digits < digitsBefore; caret += 1) {
    digits += /\d/.test(control.value.charAt(caret)) ? 1 : 0;
  }
  control.setSelectionRange(caret, caret);
}

function isAtEnd(control: HTMLInputElement): boolean {
  return (control.selectionStart ?? control.value.length) >= control.value.length;
}

/** Typed or pasted by a person, rather than filled in by the browser, which goes on by itself. */
function isTyped(event: Event): boolean {
  return event instanceof InputEvent && event.inputType.startsWith("insert");
}

function isErased(event: Event): boolean {
  return event instanceof InputEvent && event.inputType.startsWith("delete");
}
