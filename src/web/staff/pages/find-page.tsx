/** What is shown where nothing was found of what staff looked for. */
import { FindForm } from "./parts.tsx";
import { StaffLayout } from "./staff-layout.tsx";

/**
 * The page where /admin/find led to nothing: `problem` where what was typed names nothing, else that nothing has that
 * name. `asked` is null where it is not to stand in an address.
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
            Nothing is known by{" "}
            {asked === null ? "that e-mail address" : <span class="unbroken">{asked}</span>}.
          </p>
        )}
        <FindForm asked={asked ?? ""} {...(problem !== undefined && { error: problem })} />
      </section>
    </StaffLayout>
  );
}
