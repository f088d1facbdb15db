/**
 * This tab's unfinished order, kept where a reload finds it. It is saved before anything is sent, so that a lost answer
 * cannot make the customer pay twice.
 */
import type { OrderRequest } from "./api.ts";

/** An order and when it was saved, in milliseconds since 1970. */
export type Kept = { order: OrderRequest; keptAt: number };

const KEY = "unfinished-order";

// If the browser has no storage for us, the order lives only as long as the page.
let inMemory: string | null = null;

/** A new order: a fresh id, and what it is for. */
export function newOrder(content: Omit<OrderRequest, "order_id">): OrderRequest {
  return { order_id: `ord_${crypto.randomUUID().replaceAll("-", "")}`, ...content };
}

/** Saves `order` as the unfinished one. */
export function keepOrder(order: OrderRequest): void {
  inMemory = JSON.stringify({ order, keptAt: Date.now() } satisfies Kept);
  try {
    sessionStorage.setItem(KEY, inMemory);
  } catch {
    // Storage is full or switched off.
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

/** Forgets the order, because it ended or was never placed. */
export function forgetOrder(): void {
  inMemory = null;
  try {
    sessionStorage.removeItem(KEY);
  } catch {
    // Switched off.
  }
}
