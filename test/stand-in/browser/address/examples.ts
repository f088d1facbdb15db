/** An address for each country that has test cards, so that nobody has to type one. No private person lives there. */

/** What an address form can hold, by Stripe's names. Empty where the country has no such field. */
export type ExampleAddress = {
  name: string;
  phone: string;
  line1: string;
  city: string;
  state: string;
  postal_code: string;
  country: string;
};

type Place = Omit<ExampleAddress, "name" | "country">;

const places: Readonly<Record<string, Place>> = {
  US: {
    phone: "+1 201 555 0123",
    line1: "1 Market St",
    city: "San Francisco",
    state: "CA",
    postal_code: "94105",
  },
  CA: {
    phone: "+1 613 555 0123",
    line1: "111 Wellington St",
    city: "Ottawa",
    state: "ON",
    postal_code: "K1A 0A9",
  },
  CN: {
    phone: "+86 10 0000 0000",
    line1: "1 Chang’an Jie",
    city: "Beijing",
    state: "Beijing",
    postal_code: "100006",
  },
  DE: {
    phone: "+49 30 23125 123",
    line1: "Platz der Republik 1",
    city: "Berlin",
    state: "",
    postal_code: "11011",
  },
  FR: {
    phone: "+33 1 99 00 12 34",
    line1: "1 Rue de Rivoli",
    city: "Paris",
    state: "",
    postal_code: "75001",
  },
  GB: {
    phone: "+44 20 7946 0123",
    line1: "1 Parliament Square",
    city: "London",
    state: "",
    postal_code: "SW1P 3BD",
  },
  IE: {
    phone: "+353 20 910 0123",
    line1: "1 Kildare Street",
    city: "Dublin",
    state: "Dublin",
    postal_code: "D02 A272",
  },
  IT: {
    phone: "+39 06 0000 0000",
    line1: "Via del Corso 1",
    city: "Roma",
    state: "RM",
    postal_code: "00186",
  },
  JP: {
    phone: "+81 3 0000 0000",
    line1: "1-1 Chiyoda",
    city: "Chiyoda-ku",
    state: "Tokyo",
    postal_code: "100-0001",
  },
};

/**
 * The example that goes into a form for a card of `cardCountry`. It is one of the card's country, unless something was
 * chosen or typed that belongs to the country shown, or the form does not offer it. Null when there is none.
 */
export function exampleFor(
  cardCountry: string,
  form: { country: string; isUntouched: boolean; offered: readonly string[] },
): ExampleAddress | null {
  const country = form.isUntouched && form.offered.includes(cardCountry) ? cardCountry : form.country;
  const place = places[country];
  return place === undefined ? null : { ...place, name: "Ada Lovelace", country };
}
