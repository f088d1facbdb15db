/** The page that tells staff of a failure. */
import { StaffLayout } from "./staff-layout.tsx";

/** A whole page about one failure, with the number under which the log has it. */
export function staffErrorPage({
  status,
  sentence,
  requestId,
  seller,
  staff,
}: {
  status: number;
  sentence: string;
  requestId: string;
  seller?: { name: string };
  staff: string;
}) {
  const title = status === 404 ? "Nothing here" : "This did not work";
  return (
    <StaffLayout title={title} staff={staff} {...(seller !== undefined && { seller })}>
      <section class="narrow">
        <h1>{title}</h1>
        <p class="lead">{sentence}</p>
        <p>
          <a class="button" href="/admin">
            Overview
          </a>
        </p>
        <p class="fine">
          The log has this under <code>{requestId}</code>.
        </p>
      </section>
    </StaffLayout>
  );
}
