/** Asking again and again, only while somebody looks. */

/** Calls `ask` every `milliseconds` while the page is visible; a failure is tried again the next time. */
export function poll(milliseconds: number, ask: () => Promise<void>): void {
  async function once(): Promise<void> {
    if (document.visibilityState === "visible") {
      try {
        await ask();
      } catch {
        // The Worker may be restarting.
      }
    }
    setTimeout(() => void once(), milliseconds);
  }
  void once();
}
