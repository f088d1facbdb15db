/** The page to sign in as staff. */

/** `/stand-in/staff`: who is signed in, or the sign-in form. */
export function StaffPage({ email, isUnreadable = false }: { email: string | null; isUnreadable?: boolean }) {
  return (
    <>
      <h1>Staff</h1>
      <p class="lead">
        In production, Cloudflare Access asks who you are and adds a signed header to each request under
        /admin. Here this Worker signs the header with its own keys, for any e-mail address you enter.
      </p>
      {email === null ? (
        <form method="post" action="/stand-in/staff">
          {isUnreadable && <p role="alert">Please enter an e-mail address.</p>}
          <p>
            <label htmlFor="email">E-mail address</label>
            <input id="email" name="email" type="email" required value="staff@example.com" />
          </p>
          <button class="main">Sign in as staff</button>
        </form>
      ) : (
        <>
          <p>
            Signed in as <strong>{email}</strong>. <a href="/admin">Open the staff pages</a>
          </p>
          <form method="post" action="/stand-in/staff/sign-out">
            <button>Sign out</button>
          </form>
        </>
      )}
    </>
  );
}
