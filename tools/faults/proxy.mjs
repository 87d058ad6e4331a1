// Stands between the product and PostgreSQL, follows the conversation, and cuts the connection around a COMMIT:
//   answer    PostgreSQL has committed and said so; nobody is told
//   sent      COMMIT is on its way to PostgreSQL; whether it arrives is left open
//   unsent    COMMIT is never passed on
import { connect, createServer } from 'node:net';
import { isCommit, isCommitted, Messages, statementOf } from './wire.mjs';

/** Only the transaction that stores records reads this table. */
const SHIPPER = /audit_watermark/;

export class Proxy {
  /** By whose connection it was, and where it was cut. */
  cuts = { shipper: { answer: 0, sent: 0, unsent: 0 }, handler: { answer: 0, sent: 0, unsent: 0 } };
  #sockets = new Set();

  /** `choose(who)`: where this COMMIT is cut, or null. */
  static async make(port, choose) {
    const proxy = new Proxy();
    proxy.choose = choose;
    proxy.server = createServer({ noDelay: true }, (client) => proxy.#join(client, connect({ port, host: '127.0.0.1', noDelay: true })));
    await new Promise((resolve) => proxy.server.listen(0, '127.0.0.1', resolve));
    proxy.port = proxy.server.address().port;
    return proxy;
  }

  #join(client, server) {
    const conversation = { who: 'handler', cut: null };
    const end = () => [client, server].forEach((socket) => socket.destroy());
    const [asked, answered] = [new Messages({ startup: true }), new Messages({ startup: false })];
    client.on('data', (bytes) => {
      if (conversation.cut !== null) return;
      const where = this.#whereToCut(conversation, asked.push(bytes));
      if (where !== 'unsent') server.write(bytes);
      if (where === 'unsent') end();
      if (where === 'sent') server.end(() => client.destroy());
    });
    server.on('data', (bytes) => {
      if (conversation.cut === null) client.write(bytes);
      else if (conversation.cut === 'answer' && answered.push(bytes).some(isCommitted)) end();
    });
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => {
        this.#sockets.delete(socket);
        end();
      }); // prettier-ignore
    }
  }

  #whereToCut(conversation, messages) {
    for (const sql of messages.map(statementOf).filter((one) => one !== null)) {
      if (SHIPPER.test(sql)) conversation.who = 'shipper';
      if (!isCommit(sql)) continue;
      conversation.cut = this.choose(conversation.who);
      if (conversation.cut !== null) this.cuts[conversation.who][conversation.cut] += 1;
    }
    return conversation.cut;
  }

  end() {
    for (const socket of this.#sockets) socket.destroy();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
