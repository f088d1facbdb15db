/** The front page of the stand-in: what it is, and where things are. */

/** `/stand-in/`. */
export function IndexPage() {
  return (
    <>
      <h1>The local stand-in</h1>
      <p class="lead">
        Denarius runs here with no keys, no account and no network. What it meets outside is played by this
        Worker: Stripe’s API and its card form, the mail, and who is staff. Nothing you do here costs anything
        or reaches anybody.
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
          what="Every mail it sends: sign-in links and notices."
        />
        <Place
          href="/stand-in/cards"
          name="Test cards"
          what="A card number for each thing that can happen."
        />
        <Place
          href="/stand-in/payments"
          name="Payments"
          what="Dispute one, win or lose it, inquire, warn of fraud, refund it at Stripe."
        />
        <Place
          href="/stand-in/stripe-log"
          name="Stripe: calls, events, switches"
          what="What was asked of Stripe and what Stripe sent; faults to try, and a clock to turn."
        />
        <Place
          href="/stand-in/staff"
          name="Staff"
          what="Sign in as staff, and open the pages for refunds, disputes and the books."
        />
        <Place
          href="/stand-in/elements/demo"
          name="Elements"
          what="The card and address forms by themselves."
        />
      </ul>
      <h2>A first purchase</h2>
      <ol class="steps">
        <li>
          Ask for a sign-in link on <a href="/">the first page</a> with any address.
        </li>
        <li>
          Open it from the <a href="/stand-in/mailbox">mailbox</a>.
        </li>
        <li>
          Choose credits; in the card form press <em>Test cards</em>, pick one, and pay.
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
