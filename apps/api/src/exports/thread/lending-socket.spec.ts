import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { lendingSocket } from './lending-socket';

let server: Server;
let peer: Promise<Socket>;
let socket: Socket;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  peer = once(server, 'connection').then(([one]) => one as Socket);
  socket = lendingSocket();
  socket.connect((server.address() as AddressInfo).port, '127.0.0.1');
  await once(socket, 'connect');
});
afterEach(async () => {
  socket.destroy();
  (await peer).destroy();
  server.close();
});

const sent = async (bytes: Buffer): Promise<void> => void (await peer).write(bytes);

it('lends the same memory for all that comes, to whoever asks for it', async () => {
  const memories = new Set<ArrayBufferLike>();
  let text = '';
  socket.on('data', () => expect('nobody').toBe('given bytes to keep'));
  socket.on('lent', (bytes: Buffer) => {
    memories.add(bytes.buffer);
    text += bytes.toString('latin1');
  });
  for (const letter of 'abc') {
    await sent(Buffer.alloc(300_000, letter));
    while (!text.endsWith(letter) || text.length % 300_000 !== 0) await once(socket, 'lent');
  }
  expect(text).toBe('a'.repeat(300_000) + 'b'.repeat(300_000) + 'c'.repeat(300_000));
  expect(memories.size).toBe(1);
});

it('gives bytes to keep where nobody borrows, and stands still while it is paused', async () => {
  const kept: Buffer[] = [];
  socket.on('data', (bytes: Buffer) => void kept.push(bytes));
  await sent(Buffer.from('first '));
  await once(socket, 'data');
  socket.pause();
  await sent(Buffer.from('second'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(Buffer.concat(kept).toString()).toBe('first ');
  socket.resume();
  await once(socket, 'data');
  expect(Buffer.concat(kept).toString()).toBe('first second');
});
