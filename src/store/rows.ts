/** Reads the results of a batch whose queries return rows of different shapes. */

/** The rows of one of a batch's results. */
export function rowsOf<Row>(result: D1Result | undefined): Row[] {
  // D1 never checks a row's type, here or in `first<Row>()` and `all<Row>()`; `batch` takes one type for all queries.
  return (result?.results ?? []) as Row[];
}
