/** The events of an element: `on`, `once`, `off`, and emitting. */

/** A handler whose event type is known only to the overload through which it was given. */
export type Handler = (event: never) => unknown;

/** Handlers by event. */
export type Events = {
  add(type: string, handler: Handler): void;
  addOnce(type: string, handler: Handler): void;
  remove(type: string, handler?: Handler): void;
  emit(type: string, event: object): void;
};

/** An empty list of handlers. */
export function eventHandlers(): Events {
  const handlers = new Map<string, { handler: Handler; once: boolean }[]>();
  const add = (type: string, handler: Handler, once: boolean) => {
    handlers.set(type, [...(handlers.get(type) ?? []), { handler, once }]);
  };
  return {
    add: (type, handler) => add(type, handler, false),
    addOnce: (type, handler) => add(type, handler, true),
    remove(type, handler) {
      const rest = (handlers.get(type) ?? []).filter(
        (each) => handler !== undefined && each.handler !== handler,
      );
      handlers.set(type, rest);
    },
    emit(type, event) {
      const called = handlers.get(type) ?? [];
      handlers.set(
        type,
        called.filter(({ once }) => !once),
      );
      for (const { handler } of called) {
        // The overloads of `on` pair each event's name with its shape; the map has forgotten the pairing.
        handler(event as never);
      }
    },
  };
}
