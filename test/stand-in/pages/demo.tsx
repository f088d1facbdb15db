/** A page to try the elements without the product. Its script is ../browser/demo.ts. */

/** The elements, switches for their appearance, and a log of their events. */
export function DemoPage({ publishableKey }: { publishableKey: string }) {
  return (
    <>
      <script src="/stand-in/stripe.js"></script>
      <script type="module" src="/stand-in/demo.js"></script>
      <h1>Elements</h1>
      <p class="lead">The card and address forms on their own, mounted as any page would mount them.</p>
      <form id="demo" data-key={publishableKey}>
        <fieldset class="switches">
          <legend>Appearance and fields</legend>
          <label>
            Theme
            <select name="theme">
              <option>stripe</option>
              <option>night</option>
              <option>flat</option>
            </select>
          </label>
          <label>
            <input type="checkbox" name="address" checked /> Address element
          </label>
          <label>
            <input type="checkbox" name="phone" /> Phone
          </label>
        </fieldset>
        <div class="demo-stage">
          <h2>Card</h2>
          <div id="payment-element"></div>
          <h2 data-address-title>Billing address</h2>
          <div id="address-element"></div>
          <button class="main">Make a confirmation token</button>
        </div>
      </form>
      <form id="action">
        <label>
          Client secret of an intent that is waiting for the customer
          <input name="clientSecret" placeholder="pi_…_secret_…" />
        </label>
        <button>Handle the next action</button>
      </form>
      <h2 id="says">Event log</h2>
      <pre class="log" aria-labelledby="says" role="log"></pre>
    </>
  );
}
