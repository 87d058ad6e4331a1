/** The API as a handful of arrays, for stories and specs. It keeps what was asked of it, so that a spec can say "nothing was asked". */
import { HttpError, type GetListParams, type RaRecord } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { aSession, aSystem } from './builders';

export type Records = Record<string, RaRecord[]>;
export type MemoryProvider = ConsoleDataProvider & { asked: string[]; records: Records };

const pageOf = (rows: readonly RaRecord[], { pagination }: GetListParams) => {
  const { page = 1, perPage = 50 } = pagination ?? {};
  return {
    data: rows.slice((page - 1) * perPage, page * perPage),
    pageInfo: { hasNextPage: rows.length > page * perPage, hasPreviousPage: page > 1 },
  };
};

export function memoryDataProvider(records: Records): MemoryProvider {
  const asked: string[] = [];
  const rows = (resource: string): RaRecord[] => (records[resource] ??= []);
  const one = (resource: string, id: unknown): RaRecord => {
    const found = rows(resource).find((record) => record.id === id);
    if (!found)
      throw new HttpError('No such resource', 404, {
        title: 'No such resource',
        status: 404,
        code: 'resource_not_found',
        requestId: 'req_story',
      });
    return found;
  };
  const ask = <T>(what: string, answer: () => T): Promise<T> => {
    asked.push(what);
    return new Promise((resolve) => resolve(answer()));
  };
  const change = (resource: string, id: unknown, changes: object): RaRecord => Object.assign(one(resource, id), changes);
  const provider = {
    asked,
    records,
    getList: (resource: string, params: GetListParams) =>
      ask(`list ${resource} ${JSON.stringify(params.filter)} ${params.sort?.order ?? ''}`.trim(), () => pageOf(rows(resource), params)),
    getOne: (resource: string, { id }: { id: unknown }) => ask(`get ${resource} ${String(id)}`, () => ({ data: one(resource, id) })),
    getMany: (resource: string, { ids }: { ids: unknown[] }) =>
      ask(`many ${resource}`, () => ({ data: ids.map((id) => one(resource, id)) })),
    getManyReference: (resource: string, params: GetListParams) => ask(`list ${resource}`, () => pageOf(rows(resource), params)),
    create: (resource: string, { data }: { data: object }) =>
      ask(`create ${resource} ${JSON.stringify(data)}`, () => {
        const record = {
          ...rows(`${resource}.created`)[0],
          ...data,
          id: rows(`${resource}.created`)[0]?.id ?? `new_${rows(resource).length}`,
        } as RaRecord;
        rows(resource).unshift(record);
        return { data: record };
      }),
    update: (resource: string, { id, data }: { id: unknown; data: object }) =>
      ask(`update ${resource} ${String(id)} ${JSON.stringify(data)}`, () => ({ data: change(resource, id, data) })),
    updateMany: (resource: string, { ids }: { ids: unknown[] }) => ask(`update ${resource}`, () => ({ data: ids })),
    delete: (resource: string, { id }: { id: unknown }) =>
      ask(`delete ${resource} ${String(id)}`, () => ({ data: rows(resource).splice(rows(resource).indexOf(one(resource, id)), 1)[0] })),
    deleteMany: (resource: string, { ids }: { ids: unknown[] }) => ask(`delete ${resource}`, () => ({ data: ids })),
    revokeKey: (id: string, reason: string) =>
      ask(`revoke ${id} ${reason}`, () => {
        const revokedAt = '2025-12-02T10:31:00.000Z';
        change('api-keys', id, { state: 'revoked', revokedAt, revokeReason: reason });
        return {
          revokedAt,
          effectiveAt: '2025-12-02T10:31:00.120Z',
          lastAcceptedAt: '2025-12-02T10:30:15.123Z',
          processes: [{ id: 'p1', confirmedAt: '2025-12-02T10:31:00.120Z' }],
        };
      }),
    plan: () =>
      ask('plan', () => ({
        plan: 'enterprise' as const,
        retentionDays: 400,
        limits: { perKeyPerMinute: 6_000, perOrganizationPerMinute: 30_000 },
      })),
    organization: () =>
      ask('organization', () => ({
        id: 'org_story',
        name: 'ACME GmbH',
        limits: { perKeyPerMinute: 6_000, perOrganizationPerMinute: 30_000 },
        policies: { requireSecondFactorForAdmins: false },
      })),
    updateOrganization: (changes: object) =>
      ask(`organization ${JSON.stringify(changes)}`, () => ({
        id: 'org_story',
        name: 'ACME GmbH',
        limits: { perKeyPerMinute: 6_000, perOrganizationPerMinute: 30_000 },
        ...changes,
      })),
    updateMe: (changes: object) => ask(`me ${JSON.stringify(changes)}`, () => changes),
    changePassword: () => ask('password', () => null),
    ownSessions: () =>
      ask('sessions', () => [
        { id: 'ses_1', current: true, createdAt: '2025-12-02T08:00:00.000Z', lastSeenAt: null, ip: '127.0.0.1', userAgent: 'Firefox' },
      ]),
    endSession: (id: string) => ask(`end ${id}`, () => null),
    secondFactor: () => ask('second factor', () => rows('second-factor')[0] ?? { enrolled: false, enrolledAt: null, recoveryCodesLeft: 0 }),
    enrolSecondFactor: () =>
      ask('enrol', () => ({
        secret: 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
        otpauthUrl: 'otpauth://totp/PineBill:ada%40acme.example?issuer=PineBill&secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ',
      })),
    confirmSecondFactor: (code: string) =>
      ask(`confirm ${code}`, () => {
        if (code !== '123456') throw new HttpError('The code is not right', 400, { title: 'The code is not right', status: 400 });
        return { recoveryCodes: Array.from({ length: 10 }, (_, number) => `abcd-efgh-ijkl-mno${number}`) };
      }),
    renewRecoveryCodes: (proof: object) => ask(`renew ${JSON.stringify(proof)}`, () => ({ recoveryCodes: ['wxyz-wxyz-wxyz-wxyz'] })),
    removeSecondFactor: (proof: object) => ask(`remove factor ${JSON.stringify(proof)}`, () => null),
    resetSecondFactor: (id: string) => ask(`reset factor ${id}`, () => null),
    switchOrganization: (id: string) => ask(`switch ${id}`, () => aSession('member')),
    // Not kept in `asked`: the banner of every page asks.
    maintenance: () => Promise.resolve(rows('maintenance')[0] ?? { active: false, startedAt: null, endsAt: null, message: null }),
    acceptInvitation: (token: string) => ask(`accept ${token}`, () => aSession('member')),
    system: () => ask('system', () => aSystem()),
    quarantine: () => ask('quarantine', () => ({ data: rows('quarantine'), nextCursor: null })),
  };
  // RaRecord rows stand for every resource's own type here; the generic signatures of DataProvider cannot express that.
  return provider as unknown as MemoryProvider;
}
