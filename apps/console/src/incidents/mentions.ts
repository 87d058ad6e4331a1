/** `@Ada Lovelace` in a note. Pure. */
type Person = { id: string; name: string };

const MOST_OFFERED = 5;

/** Who is meant by what was typed last; nobody once a name is whole. */
export function typedMention<P extends Person>(text: string, people: readonly P[]): P[] {
  const typed = /(?:^|\s)@([^@\n]{0,40})$/.exec(text)?.[1]?.toLowerCase();
  if (typed === undefined) return [];
  return people.filter(({ name }) => name.toLowerCase().startsWith(typed) && name.toLowerCase() !== typed.trimEnd()).slice(0, MOST_OFFERED);
}

/** Whose whole name stands after an @: of two, one of which begins with the other, the longer. */
export function mentionedIn<P extends Person>(text: string, people: readonly P[]): P[] {
  const longestFirst = [...people].sort((a, b) => b.name.length - a.name.length);
  const found = new Set<P>();
  for (const [index] of [...text.matchAll(/@/g)].map((match) => [match.index])) {
    const after = text.slice((index ?? 0) + 1).toLowerCase();
    const meant = longestFirst.find(({ name }) => after.startsWith(name.toLowerCase()) && !/^\w/.test(after.slice(name.length)));
    if (meant) found.add(meant);
  }
  return people.filter((person) => found.has(person));
}
