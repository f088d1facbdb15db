/** Polling, but only while the page is visible. */

/** Calls `ask` every `milliseconds` while the page is visible; after a failure it simply tries again next time. */
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
