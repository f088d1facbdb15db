/** How the stand-in behaves beyond the cards: settings that survive a restart and that `reset` clears. */
import { z } from "zod";

const switchTypes = {
  /** How far the stand-in's clock runs ahead of the machine's. */
  clock_ahead_ms: z.number().int().nonnegative().default(0),
  /** What the bank answers about address and security code, overriding the card. */
  bank_checks: z
    .enum(["as_card", "unavailable", "unavailable_at_setup", "pass", "pass_at_setup"])
    .default("as_card"),
  /** Whether the bank declines every payment, overriding the card. */
  bank_payments: z.enum(["as_card", "declined"]).default("as_card"),
  delivery: z
    .enum(["automatic", "on_demand", "never", "late", "twice", "out_of_order", "mixture"])
    .nullable()
    .default(null),
  /** The state of the seeded stream of delivery decisions. */
  delivery_seed: z.number().int().default(1),
  /** Whether capture_method "automatic" knows its fee at once, as Stripe documents, or later. */
  automatic_fees: z.enum(["at_once", "later"]).default("later"),
};

type SwitchName = keyof typeof switchTypes;
type SwitchValue<Name extends SwitchName> = z.infer<(typeof switchTypes)[Name]>;

/** The value of a switch, or its default. */
export function readSwitch<Name extends SwitchName>(sql: SqlStorage, name: Name): SwitchValue<Name> {
  const [row] = sql.exec<{ value: string }>("SELECT value FROM switches WHERE name = ?1", name).toArray();
  const stored: unknown = row === undefined ? undefined : JSON.parse(row.value);
  // zod cannot follow the index type through parse, so this says what the table above already says.
  return switchTypes[name].parse(stored) as SwitchValue<Name>;
}

/** Sets a switch. */
export function setSwitch<Name extends SwitchName>(
  sql: SqlStorage,
  name: Name,
  value: SwitchValue<Name>,
): void {
  sql.exec(
    "INSERT INTO switches (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
    name,
    JSON.stringify(value),
  );
}
