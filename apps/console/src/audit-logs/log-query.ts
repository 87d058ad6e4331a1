/**
 * What the log page shows, as its URL says it. The URL speaks the API's own filter grammar (`status=4xx`, `method=!GET`), so a link reads
 * like a request; only the time preset, the open row, the saved view with how it
 * looks, and `actorType=any` are the console's. Values are kept escaped as the grammar wants
 * them, so that none is escaped twice or forgotten.
 */
import {
  logDensities,
  logFields,
  logListColumns,
  type LogDensity,
  type LogField,
  type LogListColumn,
  type LogRange,
} from '@pinebill/contract';

export type Selection = { include: readonly string[]; exclude: readonly string[] };
export const presets = {
  '15m': 'Last 15 minutes',
  '1h': 'Last hour',
  '24h': 'Last 24 hours',
  '7d': 'Last 7 days',
  '30d': 'Last 30 days',
  all: 'Everything kept',
} as const satisfies Record<LogRange, string>;
export type Preset = LogRange;
const defaultPreset: Preset = '24h';
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
  /** The saved view that was opened, as far as it still holds; `none`: not even the one that the log opens with. */
  view: string | null;
  /** Of the view; null: as the reader has chosen. */
  columns: readonly LogListColumn[] | null;
  density: LogDensity | null;
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
    view: parameters.get('view'),
    columns: readColumns(parameters.get('columns')),
    density: logDensities.find((one) => one === parameters.get('density')) ?? null,
  };
}

/** Null unless there is at least one that a list can have. */
export function readColumns(text: string | null): readonly LogListColumn[] | null {
  const named = (text ?? '').split(',').flatMap((name) => logListColumns.find((column) => column === name) ?? []);
  return named.length > 0 ? [...new Set(named)] : null;
}

export function writeQuery(query: LogQuery): URLSearchParams {
  const parameters = new URLSearchParams();
  for (const field of logFields) for (const list of writeSelection(query.fields[field] ?? nothing)) parameters.append(field, list);
  const rest = {
    ...{ from: query.from, to: query.to, minDurationMs: query.minDurationMs, maxDurationMs: query.maxDurationMs },
    range: query.preset === defaultPreset ? null : query.preset,
    order: query.order === 'desc' ? null : query.order,
    ...{ view: query.view, columns: query.columns?.join(',') ?? null, density: query.density },
  };
  for (const [name, value] of Object.entries(rest)) if (value !== null) parameters.set(name, value);
  return parameters;
}

/** The same question, however its answer looks. */
export const withoutLook = (query: LogQuery): LogQuery => ({ ...query, view: null, columns: null, density: null });

const namesItsRows = ['requestId', 'findingId', 'incidentId'] as const;
/** A request id is one request, and a finding or an incident has its rows: neither the hour nor who called can be what the reader meant to leave out. */
const namesRows = (query: LogQuery): boolean => namesItsRows.some((field) => (query.fields[field]?.include.length ?? 0) > 0);

export const hidesConsole = (query: LogQuery): boolean => query.fields.actorType === undefined && !namesRows(query);

function since(query: LogQuery, now: Date): string | null {
  if (query.from !== null || query.to !== null || query.preset === 'all' || namesRows(query)) return query.from;
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
/** Only rows with these values, as a record has them; of null nothing is asked. */
export const narrowed = (query: LogQuery, values: Partial<Record<LogField, string | null | undefined>>): LogQuery =>
  logFields.reduce((found, field) => {
    const value = values[field] ?? null;
    return value === null ? found : only(found, field, escapeValue(value));
  }, query);
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
