/** The first call does it, all have its answer. Of a page that was fetched beforehand React then need not wait again. */
export function once<T>(act: () => T): () => T {
  let done: { answer: T } | null = null;
  return () => (done ??= { answer: act() }).answer;
}
