// Stands between a process and PostgreSQL: lets everything through, or everything but notifications, or nothing.
import { connect, createServer } from 'node:net';

/** NotificationResponse, by the first byte of a message of the server. */
const NOTIFICATION = 'A'.charCodeAt(0);

export class Faucet {
  mute = false;
  #shut = false;
  #sockets = new Set();

  static async make(port) {
    const faucet = new Faucet();
    faucet.server = createServer({ noDelay: true }, (client) => faucet.#join(client, port));
    await new Promise((resolve) => faucet.server.listen(0, '127.0.0.1', resolve));
    faucet.port = faucet.server.address().port;
    return faucet;
  }

  /** Connections are reset, and new ones as soon as they are made. */
  shut() {
    this.#shut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  open() {
    this.#shut = false;
  }

  #join(client, port) {
    if (this.#shut) return client.resetAndDestroy();
    const server = connect({ port, host: '127.0.0.1', noDelay: true });
    client.pipe(server);
    let rest = Buffer.alloc(0);
    let encrypted = null; // the answer to SSLRequest is one byte that is no message
    client.once('data', (bytes) => (encrypted = bytes.readInt32BE(4) === 80_877_103));
    server.on('data', (bytes) => {
      if (encrypted) {
        encrypted = false;
        return client.write(bytes);
      }
      rest = Buffer.concat([rest, bytes]);
      for (let length; rest.length >= 5 && rest.length >= (length = rest.readInt32BE(1) + 1); rest = rest.subarray(length))
        if (!this.mute || rest[0] !== NOTIFICATION) client.write(rest.subarray(0, length));
    });
    for (const socket of [client, server]) {
      this.#sockets.add(socket);
      socket.on('error', () => undefined).on('close', () => {
        this.#sockets.delete(socket);
        client.destroy();
        server.destroy();
      }); // prettier-ignore
    }
  }

  end() {
    this.shut();
    return new Promise((resolve) => this.server.close(resolve));
  }
}
