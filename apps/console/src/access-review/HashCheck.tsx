/** Whether what was signed is still what was hashed, worked out in the browser. */
import { canonicalJson, type Json } from '@pinebill/contract';
import { useQuery } from '@tanstack/react-query';
import type { ReviewView } from '../api-types';

async function hashOf(snapshot: object): Promise<string | null> {
  // Browsers have it over https and on the machine itself only; their type does not say so.
  const subtle = (globalThis.crypto as Crypto | undefined)?.subtle;
  if (!subtle) return null;
  const digest = await subtle.digest('SHA-256', new TextEncoder().encode(canonicalJson(snapshot as Json)));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

export function HashCheck({ review }: { review: ReviewView }) {
  const { data } = useQuery({ queryKey: ['review-hash', review.id], queryFn: () => hashOf(review.snapshot), retry: false });
  if (data === undefined || data === null) return null;
  return <span>{data === review.sha256 ? 'Matches what is shown here.' : 'Does not match what is shown here.'}</span>;
}
