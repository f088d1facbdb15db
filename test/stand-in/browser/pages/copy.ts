/** Buttons that copy a number. */

/** Wires up every `[data-copy]`; the button says for a moment that it has copied. */
export function offerCopies(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
    const label = button.textContent;
    button.addEventListener("click", () => void copy(button, label));
  }
}

async function copy(button: HTMLButtonElement, label: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(button.dataset["copy"] ?? "");
    button.textContent = "Copied";
  } catch {
    // Without permission the number stays selectable beside the button.
    button.textContent = "Not allowed";
  }
  setTimeout(() => {
    button.textContent = label;
  }, 1500);
}
