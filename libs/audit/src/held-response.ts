/**
 * Holds the bytes of an answer back, in the way in which Node holds back a pipelined answer whose turn has not come: the framework ends the
 * response, its state is what it always is then (`headersSent`, `writableEnded`, back-pressure), and nothing reaches the socket until
 * `open()`. The only file that knows Node's internals (`_writeRaw`, `_flush`, `outputData`: unchanged from Node 12 to 24; `assertNode` looks).
 */
import { ServerResponse } from 'node:http';

type Callback = ((error?: Error | null) => void) | null | undefined;
type Output = { data: string | Uint8Array; encoding: BufferEncoding | null | undefined; callback: Callback };
type NodeResponse = ServerResponse & {
  _writeRaw(data: string | Uint8Array, encoding?: BufferEncoding | null | Callback, callback?: Callback, size?: number): boolean;
  _flush(): void;
  _onPendingData(delta: number): void;
  outputData: Output[];
  outputSize: number;
  _last: boolean;
  _hasBody: boolean;
  _header: string | null;
};
const node = ServerResponse.prototype as NodeResponse;

export function assertNode(): void {
  if (typeof node._writeRaw === 'function' && typeof node._flush === 'function') return;
  throw new Error(`Node ${process.version} builds responses in another way than this library knows; answers could not be held.`);
}

export class HeldResponse {
  private held = true;
  private begun = false;
  private replaced = false;
  private bodyBytes = 0;
  private left = false;
  private arrived = false;
  private readonly response: NodeResponse;

  /** `onBegin` is called once, after the turn of the event loop in which the answer began: ended in the same turn means it is whole. */
  constructor(
    response: ServerResponse,
    private readonly onBegin: () => void,
  ) {
    this.response = response as NodeResponse;
    this.holdOutput();
    this.countBody();
    const { socket } = response.req;
    // First in line: Node's own listener lets go of the socket.
    response.prependOnceListener('finish', () => (this.arrived = !socket.destroyed));
  }

  /**
   * All of the answer has been taken by the operating system. Not Node's `writableFinished`: a socket that is destroyed drops what it has
   * not written, and then calls that finished.
   */
  get isComplete(): boolean {
    return this.arrived;
  }

  /** Some of the answer has been handed to the connection. */
  get hasLeft(): boolean {
    return this.left;
  }

  /** Bytes of the body that were handed over by the framework, before transfer encoding; none for HEAD, 204 and 304. */
  get bytes(): number {
    return this.replaced || this.response._hasBody ? this.bodyBytes : 0;
  }

  /** Everything held, and everything to come, may leave. */
  open(): void {
    if (!this.held) return;
    this.held = false;
    // Without a socket it is not this answer's turn; Node flushes when it is.
    if (this.response.socket) this.response._flush();
  }

  /**
   * Puts a whole answer in the place of what was held, and ends the response; what the framework still writes goes nowhere. The connection
   * closes after it. Only before `open()`.
   */
  replace(answer: string, bodyBytes: number): void {
    const { response } = this;
    this.replaced = true;
    this.bodyBytes = bodyBytes;
    this.empty();
    if (!response.writableEnded) response.end();
    this.empty();
    response.outputData.unshift({ data: answer, encoding: 'utf8', callback: null });
    response._last = true;
    // An exception filter that finds headers sent may cut the connection; it does not know whose answer this is now.
    response.destroy = () => response;
  }

  /** The callbacks stay: they are how Node learns that the response has finished. */
  private empty(): void {
    for (const output of this.response.outputData) output.data = '';
  }

  private holdOutput(): void {
    const { response } = this;
    response._writeRaw = (data, encoding, callback, size) => {
      // Before there is a header it can only be 1xx, which answers nothing.
      if (!this.held || response._header === null) {
        this.left ||= !this.held && response.socket !== null;
        return node._writeRaw.call(response, data, encoding, callback, size);
      }
      this.begin();
      return this.keep(this.replaced ? '' : data, encoding, callback);
    };
    response._flush = () => {
      if (this.held) return;
      this.left ||= response.outputData.length > 0;
      node._flush.call(response);
    };
  }

  private keep(data: string | Uint8Array, encoding: BufferEncoding | null | Callback, callback: Callback): boolean {
    const { response } = this;
    const output = typeof encoding === 'function' ? { data, encoding: null, callback: encoding } : { data, encoding, callback };
    response.outputData.push(output);
    response.outputSize += data.length;
    response._onPendingData(data.length);
    return response.outputSize < response.writableHighWaterMark;
  }

  private begin(): void {
    if (this.begun) return;
    this.begun = true;
    process.nextTick(this.onBegin);
  }

  private countBody(): void {
    const { response } = this;
    const count = (chunk: unknown, encoding: unknown): void => {
      if (this.replaced) return;
      if (typeof chunk === 'string')
        this.bodyBytes += Buffer.byteLength(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
      else if (chunk instanceof Uint8Array) this.bodyBytes += chunk.byteLength;
    };
    const wrap = (name: 'write' | 'end'): void => {
      const original = response[name] as (...args: unknown[]) => unknown;
      const counting = (...args: unknown[]): unknown => {
        if (!response.writableEnded) count(args[0], args[1]);
        return original.apply(response, args);
      };
      Object.assign(response, { [name]: counting });
    };
    wrap('write');
    wrap('end');
  }
}
