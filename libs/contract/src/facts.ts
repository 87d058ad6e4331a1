/** Facts of a finding in words: the same on its page, in the inbox, in mails and in what channels are sent. */
const days = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const isShare = (name: string): boolean => /share/i.test(name);

/** What a usual number of calls was taken from. */
const comparisons: Readonly<Record<string, string>> = {
  hourOfWeek: 'this hour of other weeks',
  earlierPeaks: 'its own busiest hours',
  monthAgo: 'the same days of last month',
  largestSoFar: 'its busiest hour so far',
};
const inWords = (name: string): string => name.replace(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();

/** `refusedInWindow` → `Refused in window`. */
export function factLabel(name: string): string {
  if (name === 'because') return 'Compared with';
  const words = inWords(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export function factText(name: string, value: unknown): string {
  if (value === null || value === undefined) return 'not known';
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map(String).join(', ');
  if (typeof value === 'string') return name === 'because' || name === 'kind' ? (comparisons[value] ?? inWords(value)) : value;
  return typeof value === 'number' ? numberText(name, value) : JSON.stringify(value);
}

/** `Refused in window: 25; Calls in window: 25`. Empty: there are none. */
export const factsText = (facts: unknown): string =>
  Object.entries(facts ?? {})
    .map(([name, value]) => `${factLabel(name)}: ${factText(name, value)}`)
    .join('; ');

function numberText(name: string, value: number): string {
  if (name === 'hourOfWeek') return `${days[Math.floor(value / 24)] ?? ''} ${String(value % 24).padStart(2, '0')}:00 UTC`;
  if (isShare(name)) return `${Math.round(value * 100)} %`;
  return Number.isInteger(value) ? value.toLocaleString('en-US') : String(value);
}
