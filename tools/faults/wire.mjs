// Reads what a PostgreSQL client sends and is answered, message by message (Frontend/Backend Protocol 3.0). Pure: bytes in, messages out.

/** Of the client's side: the first message has no type. */
export class Messages {
  #rest = Buffer.alloc(0);
  #typed;

  constructor({ startup }) {
    this.#typed = !startup;
  }

  /** The whole messages that these bytes complete: `{ type, body }`; the first of a client's has the type ''. */
  push(bytes) {
    const found = [];
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    for (;;) {
      const head = this.#typed ? 1 : 0;
      if (this.#rest.length < head + 4) return found;
      const end = head + this.#rest.readUInt32BE(head);
      if (this.#rest.length < end) return found;
      found.push({ type: this.#rest.toString('latin1', 0, head), body: this.#rest.subarray(head + 4, end) });
      this.#typed = true;
      this.#rest = this.#rest.subarray(end);
    }
  }
}

const text = (body, from = 0) => body.toString('utf8', from, body.indexOf(0, from));

/** The SQL that a client's message carries: a simple query, or one that is parsed; null for others. */
export function statementOf({ type, body }) {
  if (type === 'Q') return text(body);
  if (type === 'P') return text(body, body.indexOf(0) + 1); // behind the statement's name
  return null;
}

/** By itself, or as the last of several statements of one simple query. */
export const isCommit = (sql) => /(?:^|;)\s*(commit|end)\s*;?\s*$/i.test(sql);
/** `C`: a statement is complete. */
export const isCommitted = ({ type, body }) => type === 'C' && text(body) === 'COMMIT';
