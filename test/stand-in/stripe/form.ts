/** Stripe's bracketed forms: `card[number]=…`, `expand[0]=…` and `expand[]=…` as nested values. */

export type Form = string | Form[] | { [name: string]: Form };

/**
 * Reads a query string or an `application/x-www-form-urlencoded` body. Objects whose names are 0, 1, 2, …
 * become lists. It returns something for any input, and never anything deeper than 12 brackets.
 */
export function parseForm(encoded: string): { [name: string]: Form } {
  const root = newBranch();
  for (const [name, value] of new URLSearchParams(encoded)) {
    place(root, pathOf(name), value);
  }
  return Object.fromEntries([...root.branches].map(([name, branch]) => [name, toForm(branch)]));
}

interface Branch {
  text: string | null;
  readonly branches: Map<string, Branch>;
}

function newBranch(): Branch {
  return { text: null, branches: new Map() };
}

function pathOf(name: string): string[] {
  const open = name.indexOf("[");
  if (open <= 0) {
    return [name];
  }
  const inner = [...name.slice(open).matchAll(/\[([^[\]]*)\]/g)].map((match) => match[1] ?? "");
  return [name.slice(0, open), ...inner].slice(0, 12);
}

function place(root: Branch, path: string[], value: string): void {
  let branch = root;
  for (const step of path) {
    const name = step === "" ? String(branch.branches.size) : step;
    const next = branch.branches.get(name) ?? newBranch();
    branch.branches.set(name, next);
    branch = next;
  }
  branch.text = value;
}

function toForm(branch: Branch): Form {
  const names = [...branch.branches.keys()];
  if (names.length === 0) {
    return branch.text ?? "";
  }
  if (names.every((name) => /^\d+$/.test(name))) {
    const ordered = [...branch.branches].toSorted(([a], [b]) => Number(a) - Number(b));
    return ordered.map(([, inner]) => toForm(inner));
  }
  return Object.fromEntries([...branch.branches].map(([name, inner]) => [name, toForm(inner)]));
}

/** The same form with its names in a fixed order, so that equal requests look alike. */
export function canonicalForm(form: Form): string {
  return JSON.stringify(sorted(form));
}

function sorted(form: Form): Form {
  if (typeof form === "string") {
    return form;
  }
  if (Array.isArray(form)) {
    return form.map(sorted);
  }
  const names = Object.keys(form).toSorted();
  return Object.fromEntries(names.map((name) => [name, sorted(form[name] ?? "")]));
}
