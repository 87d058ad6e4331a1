/** COPY over a pg client: text lines in, text lines out. */
class Copy {
  constructor(text, { input, output }) {
    Object.assign(this, { text, input, output });
    this.done = new Promise((ok, fail) => Object.assign(this, { ok, fail }));
  }
  submit(connection) {
    this.connection = connection;
    connection.query(this.text);
  }
  handleCopyInResponse(connection) {
    connection.sendCopyFromChunk(this.input);
    connection.endCopyFrom();
  }
  handleCopyData({ chunk }) {
    this.output.push(Buffer.from(chunk));
  }
  handleError(error) {
    this.fail(error);
  }
  handleReadyForQuery() {
    this.ok();
  }
  handleCommandComplete() {}
}

const run = (client, text, ends) => {
  const copy = new Copy(text, ends);
  client.query(copy);
  return copy.done;
};

export const copyIn = (client, target, input) => run(client, `copy ${target} from stdin`, { input });
/** One buffer a row. */
export async function copyOut(client, source) {
  const output = [];
  await run(client, `copy (${source}) to stdout`, { output });
  return output;
}
