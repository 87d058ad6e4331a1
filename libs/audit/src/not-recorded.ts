/** Why a request could not be recorded. It was refused and is counted, and the cause is reported once: nobody needs a line for each. */
export abstract class NotRecordedError extends Error {}

/** The journal has reached its bound, or its disk is slower than the requests arrive. */
export class JournalFullError extends NotRecordedError {
  override readonly name = 'JournalFullError';
}

/** The journal's disk takes nothing. */
export class JournalUnavailableError extends NotRecordedError {
  override readonly name = 'JournalUnavailableError';
}

/** Mode `committed`: the store does not commit. */
export class StoreAwayError extends NotRecordedError {
  override readonly name = 'StoreAwayError';
}
