/** What of a text may be one of our keys: pasted by a person, or found by a scanner. Generous: a key glued to other characters is found as well. */
import { keyBodyLength, keyPrefix, keyShape, type KeyShape } from './key-format';

/** `text` is the key itself where it is `valid`: whoever has it must not keep it. Positions are in UTF-16 units, as of JavaScript and editors. */
export type FoundKey = { start: number; end: number; shape: KeyShape; text: string };

/** Of the whole key; the six at its end are the checksum. */
export const keyLength = keyPrefix.length + keyBodyLength + 6;

/** For scanners (RE2, PCRE and JavaScript alike): a key, and no longer run of its characters. They look at the checksum afterwards, or we do. */
export const keyPattern = `\\b${keyPrefix}[0-9A-Za-z]{${keyLength - keyPrefix.length}}\\b`;

/** In their order, `most` at most. */
export function findKeys(text: string, most = 100): FoundKey[] {
  const found: FoundKey[] = [];
  const candidates = new RegExp(`${keyPrefix}[0-9A-Za-z]*`, 'gi');
  for (let match = candidates.exec(text); match !== null && found.length < most; match = candidates.exec(text)) {
    const { 0: run, index: start } = match;
    // What follows the right checksum is not the key's: base64 around it, or the next key without a blank.
    const whole = run.slice(0, keyLength);
    const shape = keyShape(whole) === 'valid' ? 'valid' : keyShape(run);
    const taken = shape === 'valid' ? whole : run;
    found.push({ start, end: start + taken.length, shape, text: taken });
    // What is no key may have the beginning of one at its end.
    candidates.lastIndex = start + (shape === 'valid' ? whole : keyPrefix).length;
  }
  return found;
}
