/** Values of JSON in words, each by its own name: what is not known here is told all the same. */

/** `bytesOut` is `bytes out`. */
export const words = (name: string): string => name.replaceAll(/(?<=[a-z0-9])[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

export function textOf(value: unknown): string {
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return value.toLocaleString('en-US', { maximumFractionDigits: 3 });
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? textOfMembers(value) : '';
}

/** What has a name is told by it. */
function textOfMembers(value: object): string {
  if (Array.isArray(value)) return value.map(textOf).filter((text) => text !== '').join(', '); // prettier-ignore
  const { name, label } = value as { name?: unknown; label?: unknown };
  const named = [name, label].find((text) => typeof text === 'string' && text !== '');
  return typeof named === 'string'
    ? named
    : Object.entries(value)
        .flatMap(([member, one]) => (textOf(one) === '' ? [] : [`${words(member)}: ${textOf(one)}`]))
        .join('; ');
}
