/**
 * The e-mails that an account's object has sent, and which of them it could not record as sent. The stand-in's mailbox
 * gets each of them too, but keeps only the newest.
 */

/** What tells a mail's kind by its subject. Both ends of a dispute have the same subject. */
const SUBJECTS = {
  refunded: / refunded \S+$/,
  refund_failed: /^Your refund of \S+ did not arrive$/,
  refund_refused: /^Your refund of \S+ could not be made$/,
  dispute_opened: /^A payment of \S+ was disputed/,
  dispute_appealed: /^The dispute over \S+ continues$/,
  dispute_decided: /^The dispute over \S+ has been decided$/,
} as const;

/** A kind of mail, as far as its subject tells. */
type SentKind = keyof typeof SUBJECTS;

type Sent = { mails: SentKind[]; unrecorded: number };

const sent = new Map<string, Sent>();

/** What the account's object has sent so far, and how many of these it did not live to record, or could not. */
export function sentBy(accountId: string): Sent {
  const known = sent.get(accountId) ?? { mails: [], unrecorded: 0 };
  sent.set(accountId, known);
  return known;
}

/** The kind by whose subject a mail of our books is sent. */
export function sentKindOf(kind: string): string {
  return kind === "dispute_won" || kind === "dispute_lost" ? "dispute_decided" : kind;
}

/** The binding that sends mails, which notes each mail about money that went back. */
export function countingMails(email: SendEmail, accountId: string): SendEmail {
  return new Proxy(email, {
    get(target, name) {
      if (name === "send") {
        return (message: EmailMessageBuilder) => {
          const noted = sentBy(accountId);
          noted.mails.push(kindOf(message.subject));
          noted.unrecorded += 1;
          return target.send(message);
        };
      }
      throw new Error(
        `The product uses ${String(name)} of the mail service, which the harness does not know`,
      );
    },
  });
}

/** Notes that D1 has recorded a mail as sent, if that is what the statement did. */
export function noteRecorded(sql: string, accountId: string): void {
  if (/^\s*UPDATE mails\s+SET sent_at\b/.test(sql)) {
    const noted = sentBy(accountId);
    noted.unrecorded = Math.max(0, noted.unrecorded - 1);
  }
}

function kindOf(subject: string): SentKind {
  for (const kind of Object.keys(SUBJECTS)) {
    if (isSentKind(kind) && SUBJECTS[kind].test(subject)) {
      return kind;
    }
  }
  throw new Error(`The harness knows no mail with the subject ${subject}`);
}

function isSentKind(kind: string): kind is SentKind {
  return kind in SUBJECTS;
}
