/**
 * What the log page shows, as its URL says it. The URL speaks the API's own filter grammar (`status=4xx`, `method=!GET`), so a link reads
 * like a request; only the time preset, the open row and `actorType=any` are the console's. Values are kept escaped as the grammar wants
 * them, so that none is escaped twice or forgotten.
 */
import { logFields, type LogField } from '@pinebill/contract';

export type Selection = { include: readonly string[]; exclude: readonly string[] };
export const presets = {
  '15m': 'Last 15 minutes',
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  all: 'Everything kept',
} as const;
export type Preset = keyof typeof presets;
export const defaultPreset: Preset = '24h';
const minutes: Record<Exclude<Preset, 'all'>, number> = { '15m': 15, '1h': 60, '24h': 1_440, '7d': 10_080, '30d': 43_200 };

export type LogQuery = {
  fields: Partial<Record<LogField, Selection>>;
  preset: Preset;
  /** Set together or apart, they take the place of the preset. */
  from: string | null;
  to: string | null;
  minDurationMs: string | null;
  maxDurationMs: string | null;
  order: 'desc' | 'asc';
};

/**
 * The console's own requests are people's; the list opens without them, and a chip says so. Not as `apiKey,anonymous`: what the log says
 * about itself (a gap) has no caller, and must not be left out.
 */
export const withoutPeople = '!user';
const anyActor = 'any';
const nothing: Selection = { include: [], exclude: [] };

export const escapeValue = (value: string): string => value.replace(/[\\,*!]/g, '\\$&');
export const unescapeValue = (value: string): string => value.replace(/\\([,*!\\])/g, '$1');
export const splitValues = (list: string): string[] => list.match(/(?:\\.|[^,\\]|\\$)+/gs) ?? [];

function readSelection(raw: readonly string[]): Selection {
  const of = (negated: boolean): string[] =>
    raw
      .filter((list) => list.startsWith('!') === negated)
      .flatMap((list) => splitValues(negated ? list.slice(1) : list))
      .map((value) => value.replace(/^!/, '\\!'));
  return { include: [...new Set(of(false))], exclude: [...new Set(of(true))] };
}

function writeSelection({ include, exclude }: Selection): string[] {
  return [...(include.length > 0 ? [include.join(',')] : []), ...(exclude.length > 0 ? [`!${exclude.join(',')}`] : [])];
}

export function readQuery(search: string): LogQuery {
  const parameters = new URLSearchParams(search);
  const fields: LogQuery['fields'] = {};
  for (const field of logFields) {
    const selection = readSelection(parameters.getAll(field));
    if (selection.include.length + selection.exclude.length > 0) fields[field] = selection;
  }
  const preset = parameters.get('range');
  return {
    fields,
    preset: preset !== null && preset in presets ? (preset as Preset) : defaultPreset,
    from: parameters.get('from'),
    to: parameters.get('to'),
    minDurationMs: parameters.get('minDurationMs'),
    maxDurationMs: parameters.get('maxDurationMs'),
    order: parameters.get('order') === 'asc' ? 'asc' : 'desc',
  };
}

export function writeQuery(query: LogQuery): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const field of logFields) for (const list of writeSelection(query.fields[field] ?? nothing)) parameters.append(field, list);
  for (const name of ['from', 'to', 'minDurationMs', 'maxDurationMs'] as const) {
    const value = query[name];
    if (value !== null) parameters.set(name, value);
  }
  if (query.preset !== defaultPreset) parameters.set('range', query.preset);
  if (query.order === 'asc') parameters.set('order', 'asc');
  return parameters;
}

/** A request id is one request: neither the hour nor who called can be what the reader meant to leave out. */
const namesOneRequest = (query: LogQuery): boolean => (query.fields.requestId?.include.length ?? 0) > 0;

export const hidesConsole = (query: LogQuery): boolean => query.fields.actorType === undefined && !namesOneRequest(query);

function since(query: LogQuery, now: Date): string | null {
  if (query.from !== null || query.to !== null || query.preset === 'all' || namesOneRequest(query)) return query.from;
  return new Date(now.getTime() - minutes[query.preset] * 60_000).toISOString();
}

/** The parameters for the API. `now` is fixed while somebody pages: a cursor belongs to one exact filter. */
export function apiFilter(query: LogQuery, now: Date): Record<string, string | string[]> {
  const parameters: Record<string, string | string[]> = {};
  for (const field of logFields) {
    const lists = writeSelection(query.fields[field] ?? nothing);
    if (lists.length > 0) parameters[field] = lists;
  }
  if (query.fields.actorType?.include.includes(anyActor)) delete parameters.actorType;
  else if (hidesConsole(query)) parameters.actorType = withoutPeople;
  const from = since(query, now);
  for (const [name, value] of Object.entries({
    from,
    to: query.to,
    minDurationMs: query.minDurationMs,
    maxDurationMs: query.maxDurationMs,
  })) {
    if (value !== null) parameters[name] = value;
  }
  return parameters;
}

function change(query: LogQuery, field: LogField, selection: Selection): LogQuery {
  const others = Object.fromEntries(Object.entries(query.fields).filter(([name]) => name !== field));
  const empty = selection.include.length + selection.exclude.length === 0;
  return { ...query, fields: empty ? others : { ...others, [field]: selection } };
}
const without = (values: readonly string[], value: string): string[] => values.filter((one) => one !== value);

/** Only rows with this value: what stood in the field before gives way, a value that was excluded is wanted again. */
export function only(query: LogQuery, field: LogField, value: string): LogQuery {
  return change(query, field, { include: [value], exclude: without(query.fields[field]?.exclude ?? [], value) });
}
export function except(query: LogQuery, field: LogField, value: string): LogQuery {
  const { include, exclude } = query.fields[field] ?? nothing;
  return change(query, field, { include: without(include, value), exclude: [...without(exclude, value), value] });
}
export function dropField(query: LogQuery, field: LogField, negated: boolean): LogQuery {
  const { include, exclude } = query.fields[field] ?? nothing;
  return change(query, field, negated ? { include, exclude: [] } : { include: [], exclude });
}
export const showEverybody = (query: LogQuery): LogQuery => change(query, 'actorType', { include: [anyActor], exclude: [] });
export const isNarrowed = (query: LogQuery): boolean =>
  Object.keys(query.fields).some((field) => field !== 'actorType') || query.minDurationMs !== null || query.maxDurationMs !== null;
export const isNewestFirst = (query: LogQuery): boolean => query.order === 'desc' && query.to === null;
export const emptyQuery: LogQuery = readQuery('');
