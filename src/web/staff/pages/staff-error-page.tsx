/** The error page for staff. */
import { StaffLayout } from "./staff-layout.tsx";

/** A complete page about one failure, with the request id to look up in the log. */
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
  const title = status === 404 ? "Not found" : "This did not work";
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
          Look for <code>{requestId}</code> in the log.
        </p>
      </section>
    </StaffLayout>
  );
}
