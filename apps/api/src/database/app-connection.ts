/** The server ends a statement that takes longer; a server that hangs does not, so a little later we stop waiting ourselves. */
const STATEMENT_MS = 30_000;
const ANSWER_MS = STATEMENT_MS + 2_000;
/** For a connection of the pool, or for a new one: beyond this a request is better told to come again than kept. */
const CONNECTION_MS = 3_000;

/** Every connection of the product works as the role that owns nothing; `search_path` is fixed for all. */
export const appConnection = {
  options: '-c role=pinebill_app -c search_path=app',
  connectionTimeoutMillis: CONNECTION_MS,
  statement_timeout: STATEMENT_MS,
  query_timeout: ANSWER_MS,
};
