/** What a receiver answered, for the log of deliveries: its first kilobyte, without what it may have repeated of our secrets. */
const MAX_BYTES = 1_024;
const HIDDEN = '***';
const credentials = /pbk_\w+|whsec_[\w+/=]+|\bBearer\s+\S+|\bv1,[\w+/=]{20,}/g;

export function answerText(body: string, secrets: readonly string[]): string {
  let text = body.replace(/[^\P{Cc}\n\t]|\p{Cs}/gu, '');
  // The longest first, or a piece of it would stay.
  for (const secret of secrets) text = text.replaceAll(secret, HIDDEN).replaceAll(encodeURIComponent(secret), HIDDEN);
  const bytes = Buffer.from(text.replace(credentials, HIDDEN)).subarray(0, MAX_BYTES);
  // A character that was cut in two.
  return bytes.toString().replaceAll('\uFFFD', '').trim();
}
