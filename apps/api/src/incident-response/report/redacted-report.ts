/**
 * A report for those who help from outside: a report again, so that every format of one is a format of the other. People are their roles, numbered; values of
 * queries are left out; what looks like a secret or an e-mail address is gone from every text; addresses are shortened to their network when that is asked for.
 * Names of keys and services stay, for without them nobody can follow. What people wrote of other people's affairs is theirs to read before it is sent.
 */
import { normalNetwork } from '@pinebill/contract';
import { namesOnly, networkAround } from '../../audit-logs';
import type { IncidentReport, Person } from './incident-report';
import { secretLike } from './secret-shapes';

export type Redaction = {
  shortenAddresses: boolean;
  /** Of the organization, beside those whom the report names. */
  people: readonly Person[];
};

export function redactedReport(report: IncidentReport, { shortenAddresses, people }: Redaction): IncidentReport {
  // Those who belong here first: their role is known.
  const labels = labelsOf([...people, ...peopleIn(report)]);
  const text = textRedaction(labels, shortenAddresses);
  const subjects = report.subjects.map((one) =>
    one.kind === 'person' ? { ...one, id: null, name: labels.get(one.id ?? '') ?? 'a person' } : one,
  );
  const openedFrom = { ...report.incident.openedFrom, references: report.incident.openedFrom.references.map((id) => labels.get(id) ?? id) };
  return walked(
    { ...report, incident: { ...report.incident, openedFrom }, subjects, evidence: report.evidence.map((row) => redactedRow(row, labels)) },
    text,
    labels,
  );
}

type Row = IncidentReport['evidence'][number];

function redactedRow(row: Row, labels: ReadonlyMap<string, string>): Row {
  const { actor, query } = row;
  const label = labels.get(actor.id ?? '') ?? labels.get(actor.name ?? '') ?? 'a person';
  const shown = actor.type === 'user' ? { type: actor.type, id: null, name: label } : actor;
  return Object.assign({}, row, { query: query && namesOnly(query), actor: shown });
}

const isPerson = (value: object): value is Person => 'role' in value && 'name' in value && 'id' in value;

function* peopleIn(value: unknown): Generator<Person> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value) && isPerson(value)) yield value;
  else if ('kind' in value && value.kind === 'person' && 'id' in value && 'name' in value)
    yield { id: String(value.id), name: String(value.name), role: null };
  else for (const member of Object.values(value)) yield* peopleIn(member);
}

/** By id and by name. */
function labelsOf(people: Iterable<Person>): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  const counts = new Map<string, number>();
  for (const { id, name, role } of people) {
    // The system has no name to hide; its jobs are ours.
    if (id === null) continue;
    const kind = role ?? 'former member';
    const known = labels.get(id) ?? numbered(counts, kind);
    labels.set(id, known);
    if (name.trim() !== '' && !labels.has(name)) labels.set(name, known);
  }
  return labels;
}

function numbered(counts: Map<string, number>, kind: string): string {
  const number = (counts.get(kind) ?? 0) + 1;
  counts.set(kind, number);
  return `${kind} ${number}`;
}

/** Members whose values are words of ours: somebody may be called so. */
const ours = new Set(['kind', 'type', 'role', 'severity', 'state', 'currentState', 'step', 'status', 'how', 'source', 'outcome', 'method']);

/** Each text of it, names of members excepted. A person becomes a label. */
function walked<T>(value: T, text: (value: string) => string, labels: ReadonlyMap<string, string>): T {
  const walk = (one: unknown): unknown => {
    if (typeof one === 'string') return text(one);
    if (typeof one !== 'object' || one === null) return one;
    if (Array.isArray(one)) return one.map(walk);
    if (isPerson(one)) return one.id === null ? one : { id: null, name: labels.get(one.id) ?? 'a person', role: one.role };
    return Object.fromEntries(Object.entries(one).map(([name, member]) => [name, ours.has(name) ? member : walk(member)]));
  };
  return walk(value) as T; // of the same shape: only texts differ
}

// As those of secrets, which begin where their word begins.
const email = /(?<![\p{L}\p{N}._%+-])[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu;
// What may be an address or a network; whether it is one is asked of the parser. Not a part of a longer word, such as an id or a version.
const addressLike =
  /(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7}(?:\d{1,3}(?:\.\d{1,3}){3})?)(?:\/\d{1,3})?(?![\w:])/g;

function textRedaction(labels: ReadonlyMap<string, string>, shortenAddresses: boolean): (text: string) => string {
  const named = namePattern([...labels.keys()]);
  return (text) => {
    const clean = text.replaceAll(secretLike, '[redacted]').replaceAll(email, '[redacted]');
    const unnamed = named === null ? clean : clean.replaceAll(named, (name) => labels.get(name) ?? '[redacted]');
    return shortenAddresses ? unnamed.replaceAll(addressLike, shortened) : unnamed;
  };
}

/** Whole names and ids, the longest first, so that no name is cut by one that it begins with. */
function namePattern(names: readonly string[]): RegExp | null {
  const found = names.toSorted((a, b) => b.length - a.length).map((name) => name.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&'));
  return found.length === 0 ? null : new RegExp(`(?<![\\p{L}\\p{N}_])(?:${found.join('|')})(?![\\p{L}\\p{N}_])`, 'gu');
}

/** A network that is wider already stays as it is. */
function shortened(text: string): string {
  const network = normalNetwork(text);
  if (network === null) return text;
  const [address = '', length] = network.split('/');
  const widest = address.includes(':') ? 48 : 24;
  return length !== undefined && Number(length) <= widest ? text : (networkAround(address) ?? text);
}
