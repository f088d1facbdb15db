/** The mails about money that went back: refunded, refund failed, dispute opened and closed. */
import { stageOf } from "../domain/dispute.ts";
import type { MailFacts } from "../domain/mail.ts";
import type { Settings } from "../settings.ts";
import { creditsText, moneyText } from "./amount-text.ts";
import { MailButton, mailHtml, MailPage } from "./components/mail-page.tsx";

type Words = { subject: string; heading: string; paragraphs: string[] };

/** The mail that tells of `facts`, in the seller's name. */
export async function moneyBackMail(
  { seller, publicUrl }: Pick<Settings, "seller" | "publicUrl">,
  facts: MailFacts,
): Promise<{ subject: string; text: string; html: string }> {
  const { subject, heading, paragraphs } = wordsFor(facts, seller.name);
  const link = `${publicUrl}/orders/${facts.order.id}`;
  const help = `Questions? Write to ${seller.email}.`;
  const text = [heading, ...paragraphs, `The order: ${link}`, help].join("\n\n");
  const page = (
    <MailPage seller={seller.name} subject={subject} heading={heading} fine={help}>
      {paragraphs.map((paragraph) => (
        <p style="margin:0 0 16px">{paragraph}</p>
      ))}
      <MailButton href={link} label="Open the order" />
    </MailPage>
  );
  return { subject, text, html: await mailHtml(page) };
}

function wordsFor(facts: MailFacts, seller: string): Words {
  const { order, credits } = facts;
  const standing = balanceSentence(facts.balance);
  switch (facts.kind) {
    case "refunded": {
      const amount = moneyText(facts.refund.amountCents, order.currency);
      const left = credits === 0 ? [] : [`${creditsText(credits)} of that order left your balance with it.`];
      return {
        subject: `${seller} refunded ${amount}`,
        heading: `${amount} is on its way back to your card`,
        paragraphs: [`It takes 5 to 10 days until your bank shows it.`, ...left, standing],
      };
    }
    case "refund_failed": {
      const amount = moneyText(facts.refund.amountCents, order.currency);
      return {
        subject: `Your refund of ${amount} did not arrive`,
        heading: `Your bank would not take ${amount} back`,
        paragraphs: [
          "This happens when a card has expired or its account was closed. The credits of this refund are in your " +
            "balance again.",
          standing,
          "If you still want the money back, write to us and we find another way.",
        ],
      };
    }
    case "dispute_opened": {
      const amount = moneyText(facts.dispute.amountCents, order.currency);
      const left =
        credits === 0
          ? []
          : [
              `Until your bank has decided, ${creditsText(credits)} of that order will be missing from your balance.`,
            ];
      return {
        subject: `A payment of ${amount} was disputed at your bank`,
        heading: `A payment of ${amount} was disputed at your bank`,
        paragraphs: [
          "You, or somebody with your card, told the bank that this payment is not right.",
          ...left,
          standing,
          "If that was not you, or it is settled by now, please tell your bank, and write to us.",
        ],
      };
    }
    case "dispute_closed": {
      const amount = moneyText(facts.dispute.amountCents, order.currency);
      const isWon = stageOf(facts.dispute) === "won";
      return {
        subject: `The dispute over ${amount} is decided`,
        heading: `Your bank has decided the dispute over ${amount}`,
        paragraphs: [
          isWon
            ? "It let the payment stand, so the credits are in your balance again."
            : "It gave the money back to you, so the credits it paid for stay taken out of your balance.",
          standing,
        ],
      };
    }
  }
}

function balanceSentence(balance: number): string {
  return balance < 0
    ? `Your balance is below zero: you owe ${creditsText(Math.abs(balance))}, which your next purchase settles first.`
    : `Your balance is ${creditsText(balance)}.`;
}
