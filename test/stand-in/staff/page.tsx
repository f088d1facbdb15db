/** The page on which one signs in as staff. */

/** `/stand-in/staff`: who is signed in, if anybody, and the form. */
export function StaffPage({ email, isUnreadable = false }: { email: string | null; isUnreadable?: boolean }) {
  return (
    <>
      <h1>Staff</h1>
      <p class="lead">
        In production Cloudflare Access asks who you are and adds a signed header to each request under
        /admin. Here this Worker signs it, with keys of its own, for whatever address you give.
      </p>
      {email === null ? (
        <form method="post" action="/stand-in/staff">
          {isUnreadable && <p role="alert">That is no e-mail address.</p>}
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
