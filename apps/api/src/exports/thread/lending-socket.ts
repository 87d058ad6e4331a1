/**
 * A socket that reads into one piece of memory, again and again. Otherwise every 64 KiB that come are memory of their own, and where gigabytes come the
 * threads of V8 that collect it are busy at full priority, however low that of whoever reads is.
 */
import { Socket, type ConnectOpts, type SocketConstructorOpts } from 'node:net';

const BYTES = 256 * 1024;

/**
 * What comes is lent: an event `lent` has bytes that change as soon as its listeners return. Where nobody listens to it there is `data` as ever, with bytes
 * to keep.
 */
export function lendingSocket(): Socket {
  const onread: ConnectOpts['onread'] = {
    buffer: Buffer.allocUnsafeSlow(BYTES),
    callback: (length, buffer) => {
      const lent = Buffer.from(buffer.buffer, buffer.byteOffset, length);
      if (!socket.emit('lent', lent)) socket.emit('data', Buffer.from(lent));
      return true;
    },
  };
  // An option of the constructor as well (lib/net.js), though its type does not say so.
  const socket = new Socket({ onread } as SocketConstructorOpts);
  return socket;
}
