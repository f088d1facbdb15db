/** The page staff see when a search finds nothing. */
import { FindForm } from "./parts.tsx";
import { StaffLayout } from "./staff-layout.tsx";

/**
 * The page for a search without a result. `problem` is set if what was typed is nothing we can search by. `asked` is
 * null if it was an e-mail address, which must not appear in the URL.
 */
export function FindPage({
  seller,
  staff,
  asked,
  problem,
}: {
  seller: { name: string };
  staff: string;
  asked: string | null;
  problem?: string;
}) {
  return (
    <StaffLayout title="Find" seller={seller} staff={staff}>
      <section class="panel sheet">
        <h1>{problem === undefined ? "Nothing found" : "Find"}</h1>
        {problem === undefined && (
          <p class="empty">
            No order or account matches{" "}
            {asked === null ? "that e-mail address" : <span class="unbroken">{asked}</span>}.
          </p>
        )}
        <FindForm asked={asked ?? ""} {...(problem !== undefined && { error: problem })} />
      </section>
    </StaffLayout>
  );
}
