import { createServer, type AddressInfo } from 'node:net';
import { Client, Pool } from 'pg';
import { ListeningClient } from './listening-client';

/** A message of PostgreSQL's protocol. */
function message(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5);
  head.write(type);
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}
const welcome = [message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))];
const cutOff = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0'));

/** Lets everybody in, and cuts them off in the packet in which it does. */
async function uncaughtWith(clientClass: typeof Client): Promise<string[]> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat([...welcome, cutOff])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const pool = new Pool({ host: '127.0.0.1', port, user: 'x', password: 'x', ssl: false, Client: clientClass });
  pool.on('error', () => undefined);
  const uncaught: string[] = [];
  // Where Node would end the process. Jest hears it as well, so the socket's own emit is asked instead.
  const emit = Object.getOwnPropertyDescriptor(Client.prototype, '_handleErrorEvent')?.value as (this: Client, error: Error) => void;
  const heard = jest.spyOn(Client.prototype as unknown as { _handleErrorEvent: typeof emit }, '_handleErrorEvent');
  heard.mockImplementation(function (this: Client, error: Error) {
    if (this.listenerCount('error') === 0) uncaught.push(error.message);
    else emit.call(this, error);
  });
  const client = await pool.connect();
  await new Promise((resolve) => setImmediate(resolve));
  client.release(true);
  await pool.end();
  heard.mockRestore();
  await new Promise((resolve) => server.close(resolve));
  return uncaught;
}

it('hears that it was cut off in the packet in which it was let in', async () => {
  expect(await uncaughtWith(Client)).toEqual(['terminating connection due to administrator command']);
  expect(await uncaughtWith(ListeningClient)).toEqual([]);
});
