/**
 * The order of this tab that has no end yet, kept where a reload finds it again. Written before anything is sent: an
 * answer that never came must not make the customer pay twice.
 */
import type { OrderRequest } from "./api.ts";

/** An order and when it was kept, in milliseconds since 1970. */
export type Kept = { order: OrderRequest; keptAt: number };

const KEY = "unfinished-order";

// Where the browser keeps nothing for us, the order lives as long as the page.
let inMemory: string | null = null;

/** The order a fresh press places: an id nobody has used, and what it is for. */
export function newOrder(content: Omit<OrderRequest, "order_id">): OrderRequest {
  return { order_id: `ord_${crypto.randomUUID().replaceAll("-", "")}`, ...content };
}

/** Keeps `order` as the unfinished one. */
export function keepOrder(order: OrderRequest): void {
  inMemory = JSON.stringify({ order, keptAt: Date.now() } satisfies Kept);
  try {
    sessionStorage.setItem(KEY, inMemory);
  } catch {
    // Full or switched off.
  }
}

/** The unfinished order, if there is one. */
export function unfinishedOrder(): Kept | null {
  let kept = inMemory;
  try {
    kept = sessionStorage.getItem(KEY) ?? kept;
  } catch {
    // Switched off.
  }
  return kept === null ? null : JSON.parse(kept);
}

/** The order has its end, or came to nothing. */
export function forgetOrder(): void {
  inMemory = null;
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Switched off.
  }
}
