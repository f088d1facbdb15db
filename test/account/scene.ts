/** Three accounts with some history, for attempts on their books. Every attempt is refused, so all tests share them. */
import { buys, gives, grantRow, insert, newAccount, newOrder, posts } from "../support/books.ts";

export type Scene = Awaited<ReturnType<typeof openScene>>;

/**
 * `alice` bought 1000 and spent 300 of it, was given 500, has an order under way, and has a grant of 250 that no
 * entry has opened. `bob` bought 1000 and has an order under way. `dave` bought 1000, spent 800 and had all of it
 * refunded, so owes 800, and has a grant of 300 that is not open yet.
 */
export async function openScene() {
  const alice = await newAccount();
  const aliceBought = await buys(alice);
  await posts(alice, { kind: "spend", credits: -300, grant_id: aliceBought.grantId });
  const gift = await gives(alice, 500);

  const bob = await newAccount();
  const bobBought = await buys(bob);

  const dave = await newAccount();
  const daveBought = await buys(dave);
  await posts(
    dave,
    { kind: "spend", credits: -800, grant_id: daveBought.grantId },
    { kind: "refund", credits: -1000, grant_id: daveBought.grantId, order_id: daveBought.orderId },
  );

  return {
    alice: {
      id: alice,
      bought: aliceBought,
      gift,
      ordered: await newOrder(alice),
      unopened: await unopenedGrant(alice, 250),
    },
    bob: { id: bob, bought: bobBought, ordered: await newOrder(bob) },
    dave: { id: dave, bought: daveBought, unopened: await unopenedGrant(dave, 300) },
  };
}

async function unopenedGrant(accountId: string, granted: number): Promise<string> {
  const grant = grantRow(accountId, { granted });
  await insert("grants", grant).run();
  return String(grant["id"]);
}
