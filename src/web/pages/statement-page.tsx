/** The statement: its newest lines on the account page, and all of them, page by page, on their own page. */
import type { Settings } from "../../settings.ts";
import type { Account } from "../../store/accounts.ts";
import type { BalanceCurve } from "../balance-curve.ts";
import { BalanceChart } from "../components/balance-chart.tsx";
import { Day } from "../components/moment.tsx";
import type { StatementLine } from "../statement-lines.ts";
import { balanceText, signedText, wordsFor } from "../statement-words.ts";
import { Layout } from "./layout.tsx";
import { AccountScript } from "./page-script.tsx";

/** Lines of a statement, newest first. `older` is the path of the lines before them, if any. */
export type Statement = {
  lines: readonly StatementLine[];
  older: string | null;
  /** The balance over time; null if it has not moved yet or no chart was asked for. */
  curve: BalanceCurve | null;
};

/** The newest lines, as a panel on the account page. */
export function StatementPanel({ statement: { lines, curve } }: { statement: Statement }) {
  return (
    <section class="panel" id="statement">
      <h2>Statement</h2>
      {lines.length === 0 ? (
        <NothingYet />
      ) : (
        <>
          {curve !== null && <BalanceChart curve={curve} />}
          <StatementTable lines={lines} />
          <p class="row">
            <a href="/account/statement">Open the statement</a>
          </p>
        </>
      )}
    </section>
  );
}

/** One page of the statement; `isNewest` marks the page with the newest lines. */
export function StatementPage({
  settings,
  account,
  statement: { lines, older, curve },
  isNewest,
}: {
  settings: Settings;
  account: Account;
  statement: Statement;
  isNewest: boolean;
}) {
  return (
    <Layout title="Statement" seller={settings.seller} email={account.email} head={<AccountScript />}>
      <p class="row back">
        <a href="/account">← Your account</a>
        {!isNewest && <a href="/account/statement">Newest entries</a>}
      </p>
      <section class="panel sheet" id="statement">
        <header class="row">
          <h1>Statement</h1>
          {(lines.length > 0 || !isNewest) && <a href="/account/statement.csv">Download as CSV</a>}
        </header>
        {curve !== null && <BalanceChart curve={curve} />}
        {lines.length === 0 ? (
          isNewest ? (
            <NothingYet />
          ) : (
            <p class="empty">There are no earlier entries.</p>
          )
        ) : (
          <StatementTable lines={lines} />
        )}
        {older !== null && (
          <p>
            <a href={older}>Earlier entries</a>
          </p>
        )}
      </section>
    </Layout>
  );
}

function NothingYet() {
  return <p class="empty">Nothing yet. Every change to your balance is listed here, with its date.</p>;
}

function StatementTable({ lines }: { lines: readonly StatementLine[] }) {
  return (
    <table class="statement">
      <thead>
        <tr>
          <th scope="col">Entry</th>
          <th scope="col" class="number">
            Credits
          </th>
          <th scope="col" class="number">
            Balance
          </th>
        </tr>
      </thead>
      <tbody>
        {lines.map((line) => (
          <Line line={line} />
        ))}
      </tbody>
    </table>
  );
}

function Line({ line }: { line: StatementLine }) {
  const { title, detail } = wordsFor(line);
  return (
    <tr>
      <td>
        {line.orderId === null ? title : <a href={`/orders/${line.orderId}`}>{title}</a>}
        <p class="fine">
          <Day at={line.at} />
        </p>
        {detail !== null && <p class="fine">{detail}</p>}
      </td>
      <td class="number figure">{signedText(line.credits)}</td>
      <td class={line.balance < 0 ? "number figure owed" : "number figure"}>{balanceText(line.balance)}</td>
    </tr>
  );
}
