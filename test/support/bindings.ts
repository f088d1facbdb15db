/** The Worker's bindings while something it stands on is slow, fails, or dies. */
import { env } from "cloudflare:workers";

/** The bindings with some of them replaced. */
export function bindingsWith(replaced: object): typeof env {
  return { ...env, ...replaced };
}
