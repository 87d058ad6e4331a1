/** A set of what callers chose, bounded: members are kept as short hashes, and a full set says only that it is full. */
export type SeenSet = { members: string[]; isFull: boolean };

export const emptySet = (): SeenSet => ({ members: [], isFull: false });

/** True when it was not in it. A set that is full takes no more: its size is then a lower bound. */
export function see(set: SeenSet, text: string, limit: number): boolean {
  const member = shortHash(text);
  if (set.members.includes(member)) return false;
  if (set.members.length >= limit) {
    set.isFull = true;
    return true;
  }
  set.members.push(member);
  return true;
}

/** 32 bits (FNV-1a over code units): to know again what one caller repeats, not to tell many apart. */
export function quickHash(text: string, from: number): number {
  let hash = from ^ 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** 53 bits (cyrb53, by bryc, public domain): enough to tell some thousands apart; whoever makes two collide hides one of them. */
export function shortHash(text: string): string {
  let a = 0xdeadbeef;
  let b = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    a = Math.imul(a ^ code, 2_654_435_761);
    b = Math.imul(b ^ code, 1_597_334_677);
  }
  a = Math.imul(a ^ (a >>> 16), 2_246_822_507) ^ Math.imul(b ^ (b >>> 13), 3_266_489_909);
  b = Math.imul(b ^ (b >>> 16), 2_246_822_507) ^ Math.imul(a ^ (a >>> 13), 3_266_489_909);
  return (4_294_967_296 * (2_097_151 & b) + (a >>> 0)).toString(36);
}
