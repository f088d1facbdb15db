/** The e-mails about money back: refunds made, failed or refused, and disputes opened, appealed or decided. */
import type { MailFacts } from "../domain/mail.ts";
import { CREDITS_USED } from "../domain/refund.ts";
import type { Settings } from "../settings.ts";
import { creditsText, moneyText } from "../amount-text.ts";
import { MailButton, mailHtml, MailPage } from "./mail-page.tsx";

type Words = { subject: string; heading: string; paragraphs: string[] };

/** The e-mail about `facts`, in the seller's name. */
export async function moneyBackMail(
  { seller, publicUrl }: Pick<Settings, "seller" | "publicUrl">,
  facts: MailFacts,
): Promise<{ subject: string; text: string; html: string }> {
  const { subject, heading, paragraphs } = wordsFor(facts, seller.name);
  const link = `${publicUrl}/orders/${facts.order.id}`;
  const help = `Questions? Write to ${seller.email}.`;
  const text = [heading, ...paragraphs, `Open the order: ${link}`, help].join("\n\n");
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
      const left =
        credits === 0 ? [] : [`${creditsText(credits)} from that order left your balance with it.`];
      return {
        subject: `${seller} refunded ${amount}`,
        heading: `${amount} is on its way back to your card`,
        paragraphs: [`It takes 5 to 10 days to appear at your bank.`, ...left, standing],
      };
    }
    case "refund_failed": {
      const amount = moneyText(facts.refund.amountCents, order.currency);
      const isCanceled = facts.refund.state === "canceled";
      return {
        subject: `Your refund of ${amount} did not arrive`,
        heading: isCanceled
          ? `Your refund of ${amount} was canceled`
          : `Your bank did not accept the refund of ${amount}`,
        paragraphs: [
          ...(isCanceled ? [] : ["This happens when a card has expired or its account has been closed."]),
          ...backAgain(credits),
          standing,
          "If you still want the money back, write to us and we will find another way.",
        ],
      };
    }
    case "refund_refused": {
      const amount = moneyText(facts.refund.amountCents, order.currency);
      return {
        subject: `Your refund of ${amount} could not be made`,
        heading: `Your refund of ${amount} could not be made`,
        paragraphs: [
          facts.refund.failure === CREDITS_USED
            ? "Its credits were used before the refund could be made."
            : "No money was sent to your card, and no credits were taken.",
          standing,
          "If you still want the money back, write to us and we will find another way.",
        ],
      };
    }
    case "dispute_opened": {
      const amount = moneyText(facts.dispute.amountCents, order.currency);
      return {
        subject: `A payment of ${amount} was disputed with your bank`,
        heading: `A payment of ${amount} was disputed with your bank`,
        paragraphs: [
          "You, or someone with your card, told the bank that this payment is not right.",
          ...missing(credits),
          standing,
          "If this was not you, or it has been settled since, please tell your bank and write to us.",
        ],
      };
    }
    case "dispute_appealed": {
      const amount = moneyText(facts.dispute.amountCents, order.currency);
      return {
        subject: `The dispute over ${amount} continues`,
        heading: `The dispute over ${amount} continues`,
        paragraphs: [
          "The bank's decision was appealed, so the bank will decide again.",
          ...missing(credits),
          standing,
        ],
      };
    }
    case "dispute_won":
    case "dispute_lost": {
      const amount = moneyText(facts.dispute.amountCents, order.currency);
      return {
        subject: `The dispute over ${amount} has been decided`,
        heading: `Your bank has decided the dispute over ${amount}`,
        paragraphs:
          facts.kind === "dispute_won"
            ? ["It upheld the payment.", ...backAgain(credits), standing]
            : [
                "It returned the money to you, so the credits it paid for stay out of your balance.",
                standing,
              ],
      };
    }
  }
}

/** Says that credits are out of the balance until the bank decides; empty if none are. */
function missing(credits: number): string[] {
  return credits === 0
    ? []
    : [`Until your bank decides, ${creditsText(credits)} from that order will be out of your balance.`];
}

/** Says that credits are back; empty if another refund or dispute has taken them instead. */
function backAgain(credits: number): string[] {
  return credits === 0 ? [] : [`We returned ${creditsText(credits)} from that order to your balance.`];
}

function balanceSentence(balance: number): string {
  return balance < 0
    ? `Your balance is below zero: you owe ${creditsText(Math.abs(balance))}, which your next purchase settles first.`
    : `Your balance is ${creditsText(balance)}.`;
}
