/** Fills a list with the countries, and picks one. */
import { countriesIn } from "../address/countries.ts";

/**
 * Lists countries by their names in `locale`. The one picked is the one that was, else `preferred`, else the
 * locale's own, else the first.
 */
export function fillCountries(
  list: HTMLSelectElement,
  locale: string,
  allowed: readonly string[] | null,
  preferred: string,
): void {
  const picked = [list.value, preferred, new Intl.Locale(locale).maximize().region ?? ""];
  const countries = countriesIn(locale, allowed);
  list.replaceChildren(...countries.map(({ code, name }) => new Option(name, code)));
  const found = picked.find((code) => countries.some((each) => each.code === code));
  list.value = found ?? countries[0]?.code ?? "";
}
