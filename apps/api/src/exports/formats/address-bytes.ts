/** inet of PostgreSQL's binary format (family, length of the network, whether it is one, bytes) as PostgreSQL writes it. */
import { putAscii, putDigits } from './value-bytes';

const IPV4 = 2;
const [DOT, HEADER] = [0x2e, 4];

export function putAddress(out: Uint8Array, to: number, input: Uint8Array, at: number): number {
  const isV4 = input[at] === IPV4;
  const network = input[at + 1] ?? 0;
  let end = isV4 ? putIpv4(out, to, input, at + HEADER) : putAscii(out, to, ipv6(input.subarray(at + HEADER, at + HEADER + 16)));
  if (network !== (isV4 ? 32 : 128)) end = putAscii(out, end, `/${network}`);
  return end;
}

function putIpv4(out: Uint8Array, to: number, input: Uint8Array, at: number): number {
  let end = to;
  for (let index = 0; index < 4; index++) {
    if (index > 0) out[end++] = DOT;
    end = putDigits(out, end, input[at + index] ?? 0);
  }
  return end;
}

/** The longest row of zeros is left out, the first of several; what embeds an address of IPv4 shows it as one. */
function ipv6(bytes: Uint8Array): string {
  const words = Array.from({ length: 8 }, (_, index) => ((bytes[index * 2] ?? 0) << 8) | (bytes[index * 2 + 1] ?? 0));
  const zeros = longestZeros(words);
  const embeds = zeros.first === 0 && (zeros.length === 6 || (zeros.length === 5 && words[5] === 0xffff));
  const shown = words.map((word) => word.toString(16));
  if (embeds) shown.splice(6, 2, bytes.subarray(12).join('.'));
  if (zeros.length < 2) return shown.join(':');
  const before = shown.slice(0, zeros.first).join(':');
  const after = shown.slice(zeros.first + zeros.length).join(':');
  return `${before}::${after}`;
}

function longestZeros(words: readonly number[]): { first: number; length: number } {
  let longest = { first: 0, length: 0 };
  for (let first = 0; first < words.length; first++) {
    let length = 0;
    while (words[first + length] === 0) length++;
    if (length > longest.length) longest = { first, length };
  }
  return longest;
}
