/** A Range header of one range (RFC 9110, section 14): of several, or of other units, all is sent, as the RFC allows. */
export type ByteRange = { first: number; last: number };

/** Null: all of it. 'unsatisfiable': it lies outside. */
export function readRange(header: string | undefined, size: number): ByteRange | null | 'unsatisfiable' {
  const ending = /^\s*bytes=-(\d+)\s*$/.exec(header ?? '');
  if (ending) return lastBytes(Number(ending[1]), size);
  const range = /^\s*bytes=(\d+)-(\d*)\s*$/.exec(header ?? '');
  if (!range) return null;
  const [first, last] = [Number(range[1]), range[2] === '' ? Infinity : Number(range[2])];
  if (last < first) return null;
  return first >= size ? 'unsatisfiable' : { first, last: Math.min(last, size - 1) };
}

function lastBytes(wanted: number, size: number): ByteRange | 'unsatisfiable' {
  const length = Math.min(wanted, size);
  return length === 0 ? 'unsatisfiable' : { first: size - length, last: size - 1 };
}
