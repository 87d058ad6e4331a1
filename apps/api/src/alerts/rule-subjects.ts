/** What a rule about findings is about, written as findings name it: a subject that could never be one is refused, not kept and never found. */
import { normalNetwork, type FieldIssue, type FindingSubjectKind } from '@pinebill/contract';
import { networkOf, sourceOf } from '@pinebill/detection';
import type { EntityManager } from 'typeorm';
import { parseId } from '../platform/ids';
import { invalidFields } from '../platform/validation';
import type { RuleContent } from './alert-rule';

/** Of findings about it; null: about any of this kind. As a finding names it. */
export type RuleSubject = { kind: FindingSubjectKind; value: string | null };
type Given = { kind: FindingSubjectKind; value?: string | null };

const idOf =
  (prefix: 'key' | 'usr') =>
  (text: string): string | null =>
    parseId(prefix, text) === null ? null : text;
/** An address, or the network that the engine would put it into; what is wider or narrower than that is the subject of no finding. */
const addressOf =
  (form: (ip: string) => string) =>
  (text: string): string | null => {
    const network = normalNetwork(text);
    if (network === null) return null;
    const [base = '', bits = ''] = network.split('/');
    const whole = form(base);
    return Number(bits) >= (base.includes(':') ? 128 : 32) || normalNetwork(whole) === network ? whole : null;
  };

/** How each kind is written; null: it cannot be one. */
const forms: Record<FindingSubjectKind, { write: (text: string) => string | null; expected: string }> = {
  key: { write: idOf('key'), expected: 'the id of an API key of the organization (key_...)' },
  person: { write: idOf('usr'), expected: 'the id of somebody in the organization (usr_...)' },
  keyFingerprint: {
    write: (text) => (/^[0-9a-f]{12}$/i.test(text) ? text.toLowerCase() : null),
    expected: 'a fingerprint of 12 hexadecimal characters',
  },
  address: { write: addressOf(sourceOf), expected: 'an address; of IPv6 the /64 counts' },
  network: { write: addressOf(networkOf), expected: 'a network as findings name it: a /24 of IPv4, a /48 of IPv6, or an address in it' },
  organization: { write: () => null, expected: 'no value: there is one organization' },
};

const written = ({ kind, value }: Given): string | null => (value === undefined || value === null ? null : forms[kind].write(value.trim()));
const issueOf = (kind: FindingSubjectKind, index: number): FieldIssue => ({
  ...{ pointer: `/subjects/${index}/value`, rule: 'subject', expected: `takes ${forms[kind].expected}` },
});

export const subjectIssues = ({ subjects }: { subjects?: readonly Given[] | null }): FieldIssue[] =>
  (subjects ?? []).flatMap((one, index) =>
    one.value !== undefined && one.value !== null && written(one) === null ? [issueOf(one.kind, index)] : [],
  );

export function normalSubjects(subjects: readonly Given[]): RuleSubject[] {
  const named = new Map(subjects.map((one) => [`${one.kind} ${written(one) ?? ''}`, { kind: one.kind, value: written(one) }]));
  return [...named.values()];
}

/** Keys and people that it names are there. Those that it named before may be gone. */
export async function requireSubjects(
  tx: EntityManager,
  { organizationId }: { organizationId: string },
  { watch }: RuleContent,
  before: RuleContent | null = null,
): Promise<void> {
  const known = subjectsOf(before?.watch);
  const isKnown = (one: RuleSubject): boolean => known.some(({ kind, value }) => kind === one.kind && value === one.value);
  const issues: FieldIssue[] = [];
  for (const [index, one] of subjectsOf(watch).entries())
    if (!isKnown(one) && !(await isThere(tx, organizationId, one))) issues.push(issueOf(one.kind, index));
  if (issues.length > 0) throw invalidFields(issues);
}

const subjectsOf = (watch: RuleContent['watch'] | undefined): readonly RuleSubject[] =>
  watch?.kind === 'detector' ? (watch.subjects ?? []) : [];

const tables: Partial<Record<FindingSubjectKind, { prefix: 'key' | 'usr'; sql: string }>> = {
  key: { prefix: 'key', sql: 'select 1 from api_key where organization_id = $1 and id = $2' },
  person: { prefix: 'usr', sql: 'select 1 from membership where organization_id = $1 and user_id = $2' },
};
async function isThere(tx: EntityManager, organizationId: string, { kind, value }: RuleSubject): Promise<boolean> {
  const table = tables[kind];
  if (table === undefined || value === null) return true;
  return (await tx.query<unknown[]>(table.sql, [organizationId, parseId(table.prefix, value)])).length > 0;
}
