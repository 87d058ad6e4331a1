/**
 * Places at which a process can be told to die, for `npm run faults`: the moments between two steps that a kill from outside hits once in
 * a million. They exist in the bundle that the harness builds for itself and nowhere else: the bundler of the product sets the constant to
 * false, so neither the calls nor the names are left, and without any bundler the constant is not there.
 */
declare const __FAILPOINTS__: boolean | undefined;

export type Failpoint =
  /** The journal has the intent, the handler has not begun. */
  | 'exchange.intended'
  /** A group is written, not flushed. */
  | 'journal.written'
  /** A group is flushed, nobody was told. */
  | 'journal.flushed'
  /** The store has committed a batch, the journal does not know it. */
  | 'shipper.committed';

let hits = 0;

/** `FAILPOINT=shipper.committed:3`: a kill -9 at the third time. */
export function failpoint(name: Failpoint): void {
  if (typeof __FAILPOINTS__ === 'undefined' || !__FAILPOINTS__) return;
  const [wanted, count] = (process.env['FAILPOINT'] ?? '').split(':');
  if (wanted !== name || ++hits < Number(count)) return;
  process.kill(process.pid, 'SIGKILL');
}
