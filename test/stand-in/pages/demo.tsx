/** A page to look at the elements without the product. Its script is ../browser/demo.ts. */

/** The elements, the switches for how they look, and what they say. */
export function DemoPage({ publishableKey }: { publishableKey: string }) {
  return (
    <>
      <script src="/stand-in/stripe.js"></script>
      <script type="module" src="/stand-in/demo.js"></script>
      <h1>Elements</h1>
      <p class="lead">The card and address forms by themselves, as any page would mount them.</p>
      <form id="demo" data-key={publishableKey}>
        <fieldset class="switches">
          <legend>Looks and fields</legend>
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
          Client secret of an intent that waits for the customer
          <input name="clientSecret" placeholder="pi_…_secret_…" />
        </label>
        <button>Handle the next action</button>
      </form>
      <h2 id="says">What they say</h2>
      <pre class="log" aria-labelledby="says" role="log"></pre>
    </>
  );
}
