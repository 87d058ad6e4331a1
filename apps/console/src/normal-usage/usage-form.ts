/** From a document of normal usage to what a person fills in, and back. Pure. */
import { normalNetwork, type NormalHours } from '@pinebill/contract';
import type { Baseline, ChangeBaseline } from '../api-types';

/** Lists stand one a line. */
export type UsageForm = {
  hours: NormalHours[];
  networks: string;
  agents: string;
  endpoints: string;
  perHour: string;
  countries: string[];
};

export const formOf = ({ hours, networks, agents, endpoints, perHour, countries }: Baseline): UsageForm => ({
  hours: hours ?? [],
  networks: (networks ?? []).join('\n'),
  agents: (agents ?? []).join('\n'),
  endpoints: (endpoints ?? []).join('\n'),
  perHour: perHour === null ? '' : String(perHour),
  countries: countries ?? [],
});

const linesOf = (text: string): string[] => [...new Set(text.split('\n').map((line) => line.trim()).filter(Boolean))]; // prettier-ignore
const listOf = (text: string): string[] | null => (linesOf(text).length > 0 ? linesOf(text) : null);

/** What is left empty is not described. */
export const changesOf = (form: UsageForm): ChangeBaseline => ({
  hours: form.hours.length > 0 ? form.hours : null,
  networks: listOf(form.networks),
  agents: listOf(form.agents),
  endpoints: listOf(form.endpoints),
  perHour: form.perHour.trim() === '' ? null : Number(form.perHour),
  countries: form.countries.length > 0 ? form.countries : null,
});

export type Difference = { part: string; added: string[]; removed: string[] };

/** What would be different from another version, part by part; what is described in neither, or alike, is left out. */
export function differencesOf(before: ChangeBaseline, after: ChangeBaseline): Difference[] {
  const parts: [string, (usage: ChangeBaseline) => readonly string[]][] = [
    ['Hours, in UTC', ({ hours }) => hours?.map(hoursText) ?? []],
    ['Networks', ({ networks }) => networks ?? []],
    ['Countries', ({ countries }) => countries ?? []],
    ['Programs', ({ agents }) => agents ?? []],
    ['Endpoints', ({ endpoints }) => endpoints ?? []],
    ['Requests an hour', ({ perHour }) => (perHour == null ? [] : [String(perHour)])],
  ];
  return parts.flatMap(([part, valuesOf]) => {
    const [was, is] = [new Set(valuesOf(before)), new Set(valuesOf(after))];
    const [added, removed] = [[...is].filter((one) => !was.has(one)), [...was].filter((one) => !is.has(one))];
    return added.length + removed.length === 0 ? [] : [{ part, added, removed }];
  });
}

export type Objections = Partial<Record<keyof UsageForm, string>>;

/** What is wrong, in words; empty: it can be saved. */
export function objectionsTo(form: UsageForm): Objections {
  const network = linesOf(form.networks).find((line) => normalNetwork(line) === null);
  const endpoint = linesOf(form.endpoints).find((line) => !/^[A-Z]{3,10} \/\S{0,300}$/.test(line));
  const hours = form.hours.find(({ days, fromHour, toHour }) => days.length === 0 || toHour <= fromHour);
  return {
    ...(network === undefined ? {} : { networks: `${network} is no address and no network. Write 203.0.113.7 or 203.0.113.0/24.` }),
    ...(endpoint === undefined ? {} : { endpoints: `${endpoint} is no method and route. Write GET /v1/invoices/{id}.` }),
    ...(hours === undefined ? {} : { hours: 'Each line needs a day, and an end that is later than its beginning.' }),
    ...(/^\s*(\d{1,9}\s*)?$/.test(form.perHour) && form.perHour.trim() !== '0' ? {} : { perHour: 'A whole number from 1, or nothing.' }),
  };
}

export const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** `Mon–Fri 06:00–20:00`. */
export function hoursText({ days, fromHour, toHour }: NormalHours): string {
  const time = (hour: number): string => `${String(hour).padStart(2, '0')}:00`;
  return `${daysText(days)} ${time(fromHour)}–${time(toHour)}`;
}

function daysText(days: readonly number[]): string {
  const sorted = [...days].sort((a, b) => a - b);
  const [first = 1, last = 1] = [sorted[0], sorted.at(-1)];
  const name = (day: number): string => dayNames[day - 1] ?? '';
  if (sorted.length === 7) return 'Every day';
  if (sorted.length > 2 && last - first === sorted.length - 1) return `${name(first)}–${name(last)}`;
  return sorted.map(name).join(', ');
}
