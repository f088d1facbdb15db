/** Reading the answers of a batch whose questions have rows of different shapes. */

/** The rows of one of a batch's results. */
export function rowsOf<Row>(result: D1Result | undefined): Row[] {
  // D1 takes a row's type on trust, in `first<Row>()` and `all<Row>()` as here; `batch` can name but one for all its questions.
  return (result?.results ?? []) as Row[];
}
