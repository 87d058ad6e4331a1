/** The API as a handful of arrays, for stories and specs. It keeps what was asked of it, so that a spec can say "nothing was asked". */
import { HttpError, type GetListParams, type RaRecord } from 'react-admin';
import type { ConsoleDataProvider, Query } from '../data-provider';
import type { ApiKey } from '../api-types';
import type { LogFollower } from '../log-stream';
import { aHelp, aStats, someErrors, type StatsOf } from './builders';
import { memoryIncidents } from './memory-incidents';
import { anAddress, aView } from './reading-builders';
import { aCutOver, aHygiene, anOpenPlace, aPreview, aSession, aSystem, aUsage } from './builders';
import { anAccessReview, aReview } from './evidence-builders';

export type Records = Record<string, RaRecord[]>;
export type MemoryProvider = ConsoleDataProvider & {
  asked: string[];
  records: Records;
  /** Who follows the log, and how: a spec tells them of a request. */
  followers: Set<LogFollower>;
};

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
  const followers = new Set<LogFollower>();
  const provider = {
    asked,
    followers,
    // Not kept in `asked`: the dashboard asks for many.
    logStats: (query: Query) => Promise.resolve(aStats((records['stats'] ?? []) as unknown as StatsOf[], query)),
    logHelp: (id: string) => ask(`help ${id}`, () => rows('log-help').find((help) => help.id === id) ?? aHelp(id)),
    downloadLogs: (query: Query) => ask(`download ${JSON.stringify(query)}`, () => new Blob([JSON.stringify(rows('audit-logs'))])),
    errorGroups: (query: Query) => ask(`errors ${JSON.stringify(query)}`, () => rows('errors')[0] ?? someErrors()),
    address: (address: string) => ask(`address ${address}`, () => anAddress(rows('addresses')[0] as object)),
    followLogs: (filter: object, follower: LogFollower) => {
      asked.push(`follow ${JSON.stringify(filter)}`);
      followers.add(follower);
      follower.state('live');
      follower.begun();
      return Promise.resolve(() => void followers.delete(follower));
    },
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
        const confirmedAt = '2025-12-02T10:31:00.120Z';
        const confirmed = { id: 'api-1:4711', confirmedAt, settledBy: 'confirmation' };
        return (
          rows('revocations').shift() ?? {
            revokedAt,
            effectiveAt: confirmedAt,
            lastAcceptedAt: '2025-12-02T10:30:15.123Z',
            asOf: confirmedAt,
            processes: [confirmed],
          }
        );
      }),
    revokeKeys: (ids: string[], how: { reason?: string; dryRun?: boolean }) =>
      ask(`revoke ${ids.join(',')} ${how.dryRun ? 'dry' : (how.reason ?? '')}`, () => ({
        dryRun: how.dryRun ?? false,
        keys: ids.map((id) => ({
          ...one('api-keys', id),
          ...(rows('callers').find((row) => row.id === id) ?? { callers: [], callerCount: 0 }),
          id,
          revocation: how.dryRun ? null : { revokedAt: '2025-12-02T10:31:00.000Z', effectiveAt: '2025-12-02T10:31:00.120Z' },
        })),
      })),
    // What was asked is a secret: only that it was is kept.
    checkLeak: (text: string) =>
      ask(`leak check of ${text.length} characters`, () => rows('leak-checks')[0] ?? { verdict: 'notAKey', found: [] }),
    hygiene: () => ask('hygiene', () => rows('hygiene')[0] ?? aHygiene()),
    owners: (list: string) => ask(`owners ${list}`, () => [...rows(list)]),
    createOwner: (list: string, name: string) =>
      ask(`create ${list} ${name}`, () => {
        const owner = { id: `new_${rows(list).length}`, name, keys: 0, createdAt: '2025-12-02T10:31:00.000Z' };
        rows(list).push(owner);
        return owner;
      }),
    renameOwner: (list: string, id: string, name: string) => ask(`rename ${id} ${name}`, () => change(list, id, { name })),
    mergeOwner: (list: string, id: string, into: string) =>
      ask(`merge ${id} ${into}`, () => {
        records[list] = rows(list).filter((owner) => owner.id !== id);
        return one(list, into);
      }),
    rotateKey: (id: string, { name, overlapSeconds }: { name: string; overlapSeconds: number }) =>
      ask(`rotate ${id} ${name} ${overlapSeconds}`, () => {
        const old = one('api-keys', id) as ApiKey;
        const minted = { ...old, id: `${old.id.slice(0, -1)}z`, name, replaces: id, secret: `pbk_${'r'.repeat(36)}` };
        change('api-keys', id, { state: 'expiring', rotatedOutAt: '2025-12-03T10:31:00.000Z', replacedBy: minted.id });
        rows('api-keys').unshift(minted);
        return minted;
      }),
    holdKey: (id: string, hold: string, reason: string) =>
      ask(`${hold} ${id} ${reason}`.trim(), () =>
        change('api-keys', id, { state: { disable: 'disabled', quarantine: 'quarantined' }[hold] ?? 'active' }),
      ),
    // Not kept in `asked`: the page of a key and its dialogs ask by themselves.
    cutOver: (id: string) => Promise.resolve(records['cut-over']?.[0] ?? aCutOver(one('api-keys', id) as ApiKey, null)),
    keyUsage: () => Promise.resolve(records['usage']?.[0] ?? aUsage()),
    plan: () =>
      ask('plan', () => ({
        plan: 'enterprise' as const,
        retentionDays: 400,
        limits: { perKeyPerMinute: 6_000, perOrganizationPerMinute: 30_000 },
        use: { remaining: 29_120, usedLastMinute: 912, keysAtLimit: rows('keys-at-limit') },
        alerts: true,
        geographicRestrictions: true,
        locked: false,
        grace: null,
        usage: {
          ...{ asOf: '2025-12-02T10:30:00.000Z', keys: 12, requests: 48_213, oldestRecordAt: '2025-11-04T08:00:00.000Z' },
          ...{ peakPerMinute: { requests: 912, at: '2025-12-02T09:14:00.000Z' }, storedBytes: 19_285_200 },
          months: [{ month: '2025-12', requests: 48_213, storedBytes: 19_285_200 }],
        },
        otherPlans: [],
        ...rows('plan')[0],
      })),
    organization: () =>
      ask('organization', () => ({
        id: 'org_story',
        name: 'ACME GmbH',
        limits: { perKeyPerMinute: 6_000, perOrganizationPerMinute: 30_000 },
        policies: { rotationDays: 90, idleDays: 30, expiringDays: 14, requireSecondFactorForAdmins: false, leakedKeys: 'revoke' as const },
      })),
    updateOrganization: (changes: object) =>
      ask(`organization ${JSON.stringify(changes)}`, () => ({
        id: 'org_story',
        name: 'ACME GmbH',
        limits: { perKeyPerMinute: 6_000, perOrganizationPerMinute: 30_000 },
        ...changes,
      })),
    restrictions: () => ask('restrictions', () => rows('restrictions')[0] ?? anOpenPlace()),
    updateRestrictions: (rule: object) =>
      ask(`restrict ${JSON.stringify(rule)}`, () => {
        // What is refused stays so until it is said that it is not.
        const deniedCidrs = (rows('restrictions')[0] as { deniedCidrs?: string[] } | undefined)?.deniedCidrs ?? null;
        records['restrictions'] = [{ ...anOpenPlace(), deniedCidrs, ...rule } as unknown as RaRecord];
        return rows('restrictions')[0];
      }),
    previewRestrictions: (question: object) => ask(`preview ${JSON.stringify(question)}`, () => rows('preview')[0] ?? aPreview()),
    updateMe: (changes: object) => ask(`me ${JSON.stringify(changes)}`, () => changes),
    changePassword: () => ask('password', () => null),
    ownSessions: () =>
      ask('sessions', () => [
        { id: 'ses_1', current: true, createdAt: '2025-12-02T08:00:00.000Z', lastSeenAt: null, ip: '127.0.0.1', userAgent: 'Firefox' },
      ]),
    endSession: (id: string) => ask(`end ${id}`, () => null),
    switchOrganization: (id: string) => ask(`switch ${id}`, () => (rows('sessions.next')[0] as unknown) ?? aSession('member')),
    foundOrganization: (name: string) => ask(`found ${name}`, () => ({ id: 'org_new', name })),
    accessReview: () => ask('access review', () => (rows('access-review')[0] as unknown) ?? anAccessReview()),
    signWeeklyReview: (id: string, note: string) =>
      ask(`sign week ${id} ${note}`, () =>
        change('weekly-reviews', id, {
          signature: {
            ...{ reviewId: 'rvw_1', signedAt: '2025-12-02T10:31:00.000Z', signedBy: 'Ada Admin', sha256: 'cd34'.repeat(16) },
            note: note === '' ? null : note,
          },
        }),
      ),
    signReview: (review: object) => ask(`sign ${JSON.stringify(review)}`, () => aReview(1)),
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
    // Not kept in `asked`: the banner of every page asks.
    maintenance: () => Promise.resolve(rows('maintenance')[0] ?? { active: false, startedAt: null, endsAt: null, message: null }),
    acceptInvitation: (token: string) => ask(`accept ${token}`, () => aSession('member')),
    requestPasswordReset: (email: string) => ask(`forgotten ${email}`, () => rows('password-resets')[0] ?? { delivery: 'mail' }),
    completePasswordReset: (token: string) => ask(`new password ${token}`, () => null),
    resendInvitation: (id: string) => ask(`resend ${id}`, () => ({ ...one('members', id), ...rows('links')[0] })),
    makeResetLink: (id: string) => ask(`reset link ${id}`, () => rows('links')[0]),
    sendTestMail: () => ask('test mail', () => ({ sentTo: 'ada@acme.example' })),
    // Not kept in `asked`: the list of requests asks by itself.
    savedViews: () => Promise.resolve([...rows('saved-views')]),
    saveView: (view: object) =>
      ask(`save view ${JSON.stringify(view)}`, () => {
        const made = { ...aView(rows('saved-views').length + 1), ...view };
        rows('saved-views').push(made);
        return made;
      }),
    changeView: (id: string, changes: object) =>
      ask(`change view ${id} ${JSON.stringify(changes)}`, () => change('saved-views', id, changes)),
    deleteView: (id: string) =>
      ask(`delete view ${id}`, () => {
        records['saved-views'] = rows('saved-views').filter((view) => view.id !== id);
        return null;
      }),
    setDefaultView: (id: string, isDefault: boolean) =>
      ask(`default view ${id} ${isDefault}`, () => {
        for (const view of rows('saved-views')) Object.assign(view, { isDefault: isDefault && view.id === id });
        return null;
      }),
    exportSchedules: () => ask('export schedules', () => ({ data: [...rows('export-schedules')], destinations: ['directory', 's3'] })),
    deliverExport: (id: string) => ask(`deliver ${id}`, () => ({ ...rows('exports').find((row) => row.id === id)?.delivery, state: 'waiting', failures: 0 })), // prettier-ignore
    system: () => ask('system', () => aSystem()),
    ...memoryIncidents({ rows, ask, one }),
    quarantine: () => ask('quarantine', () => ({ data: rows('quarantine'), nextCursor: null })),
  };
  // RaRecord rows stand for every resource's own type here; the generic signatures of DataProvider cannot express that.
  return provider as unknown as MemoryProvider;
}
