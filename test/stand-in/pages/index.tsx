/** The stand-in's home page: what it is, and where things are. */

/** `/stand-in/`. */
export function IndexPage() {
  return (
    <>
      <h1>The local stand-in</h1>
      <p class="lead">
        Denarius runs here with no keys, no account and no network. This Worker stands in for the services it
        depends on: Stripe’s API and card form, e-mail, and staff sign-in. Nothing you do here costs anything
        or reaches anyone.
      </p>
      <ul class="places">
        <Place
          href="/"
          name="Denarius"
          what="The product, as a customer sees it. Start by asking for a sign-in link."
        />
        <Place
          href="/stand-in/mailbox"
          name="Mailbox"
          what="Every e-mail it sends: sign-in links and notices."
        />
        <Place
          href="/stand-in/cards"
          name="Test cards"
          what="A card number for everything that can happen."
        />
        <Place
          href="/stand-in/payments"
          name="Payments"
          what="Open a dispute or inquiry, decide it, send a fraud warning, or refund at Stripe."
        />
        <Place
          href="/stand-in/stripe-log"
          name="Stripe: calls, events, switches"
          what="Calls to Stripe and events from it, faults to try, and a clock to move forward."
        />
        <Place
          href="/stand-in/staff"
          name="Staff"
          what="Sign in as staff, and open the pages for refunds, disputes and the books."
        />
        <Place
          href="/stand-in/elements/demo"
          name="Elements"
          what="The card and address forms on their own."
        />
      </ul>
      <h2>A first purchase</h2>
      <ol class="steps">
        <li>
          Ask for a sign-in link on <a href="/">the home page</a> with any e-mail address.
        </li>
        <li>
          Open the link in the <a href="/stand-in/mailbox">mailbox</a>.
        </li>
        <li>
          Choose how many credits, press <em>Test cards</em> in the card form, pick one, and pay.
        </li>
      </ol>
    </>
  );
}

function Place({ href, name, what }: { href: string; name: string; what: string }) {
  return (
    <li>
      <a href={href}>
        <strong>{name}</strong>
        <span>{what}</span>
      </a>
    </li>
  );
}
