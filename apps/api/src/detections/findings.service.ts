/** Findings as people read them: a list, and one with everything that explains it. */
import { Injectable } from '@nestjs/common';
import { detectorNames, findingSeverities, findingStates, normalNetwork, type FindingSubjectKind } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import { AuditLogsService, type LogRecord } from '../audit-logs';
import { Tenant } from '../database/tenant';
import type { Actor } from '../platform/actor';
import { decodeCursor, pageOf, type CursorBinding } from '../platform/cursor';
import { parseId, requireId } from '../platform/ids';
import { invalidField, readChoices, readLimit, readOrder, readPeriod, readQuery, readText, type Query } from '../platform/query';
import { toFindingDetail, toFindingView } from './finding-view';
import type { FindingDetail, FindingPage } from './findings.dto';
import {
  getFinding,
  isAboutStranger,
  namesOfSubjects,
  noSuchFinding,
  pageOfFindings,
  type FindingFilter,
  type FindingRow,
} from './findings.queries';

const parameters = ['state', 'detector', 'severity', 'subject', 'apiKeyId', 'from', 'to', 'limit', 'cursor', 'order'];

@Injectable()
export class FindingsService {
  constructor(
    private readonly tenant: Tenant,
    private readonly logs: AuditLogsService,
  ) {}

  list(actor: Actor, asked: unknown): Promise<FindingPage> {
    const query = readQuery(asked, parameters);
    const [filter, order, limit, cursor] = [readFilter(query), readOrder(query), readLimit(query), readText(query, 'cursor')];
    const { organizationId } = actor;
    const binding: CursorBinding = { list: 'findings', organizationId, order, filter };
    const after = cursor === null ? null : decodeCursor(cursor, binding);
    return this.tenant.run(actor, async (tx) => {
      const hidesStrangers = await this.logs.hidesAnonymousFrom(tx, actor);
      const rows = await pageOfFindings(tx, actor, { filter, order, limit, after, hidesStrangers });
      const naming = { organizationId, names: await namesOfSubjects(tx, actor, rows) };
      const at = (row: FindingRow) => ({ at: row.opened_at, id: row.id });
      return pageOf(rows, limit, { binding, at, view: (row) => toFindingView(row, naming) });
    });
  }

  get(actor: Actor, id: string): Promise<FindingDetail> {
    const uuid = requireId('fnd', id);
    return this.tenant.run(actor, async (tx) => {
      const row = await getFinding(tx, actor, uuid);
      if (isAboutStranger(row) && (await this.logs.hidesAnonymousFrom(tx, actor))) throw noSuchFinding();
      return this.detail(tx, actor, row);
    });
  }

  /** In a transaction of the caller's. */
  async detail(tx: EntityManager, actor: Actor, row: FindingRow): Promise<FindingDetail> {
    const naming = { organizationId: actor.organizationId, names: await namesOfSubjects(tx, actor, [row]) };
    return toFindingDetail(row, naming, await this.samplesOf(tx, actor, row));
  }

  /** What is no longer kept, or not for this reader, is left out. */
  async samplesOf(tx: EntityManager, actor: Actor, { samples }: FindingRow): Promise<LogRecord[]> {
    return (await this.logs.shownOf(tx, actor, samples)).map(({ shown }) => shown);
  }
}

function readFilter(query: Query): FindingFilter {
  const key = readText(query, 'apiKeyId');
  if (key !== null && parseId('key', key) === null)
    throw invalidField({ pointer: '?apiKeyId', rule: 'format', expected: 'an id that starts with key_' });
  return {
    states: readChoices(query, 'state', findingStates),
    detectors: readChoices(query, 'detector', detectorNames),
    severities: readChoices(query, 'severity', findingSeverities),
    subject: readSubject(readText(query, 'subject')),
    apiKeyId: key,
    ...readPeriod(query),
  };
}

/** An id, an address, a network or a fingerprint: what it is shows by its form. */
function readSubject(text: string | null): { kinds: FindingSubjectKind[]; ref: string } | null {
  if (text === null) return null;
  if (parseId('key', text) !== null) return { kinds: ['key'], ref: text };
  if (parseId('usr', text) !== null) return { kinds: ['person'], ref: text };
  if (/^[0-9a-f]{12}$/.test(text)) return { kinds: ['keyFingerprint'], ref: text };
  if (normalNetwork(text) !== null) return { kinds: ['address', 'network'], ref: text };
  const expected = 'the id of a key or a person, an address, a network, or a fingerprint of 12 hexadecimal characters';
  throw invalidField({ pointer: '?subject', rule: 'format', expected });
}
