/**
 * The only place that talks to the API. Lists are keyset-paged there and numbered in react-admin: the cursor of page n + 1 is remembered
 * when page n is read, so a page is reached only through the ones before it. A refusal becomes an HttpError whose body is the problem
 * document as it came; ProblemView shows it.
 */
import { HttpError, type DataProvider, type GetListParams, type GetListResult, type Identifier, type RaRecord } from 'react-admin';
import type {
  AddressView,
  ApiKey,
  BulkRevocation,
  ChangeRestrictions,
  CutOver,
  ExportDelivery,
  ExportScheduleList,
  HygieneView,
  LeakCheck,
  IncidentSummary,
  AccessReview,
  ErrorGroups,
  KeyUsage,
  LogHelp,
  LogStats,
  MaintenanceView,
  MintedKey,
  NewSavedView,
  OrganizationView,
  OwnSession,
  Owner,
  OwnerList,
  PlaceFields,
  InvitedMember,
  PasswordResetLink,
  PasswordResetRequested,
  PlanView,
  Problem,
  Proof,
  QuarantinePage,
  RecoveryCodes,
  RestrictionsPreview,
  RestrictionsView,
  ReviewView,
  RevokeResult,
  SavedView,
  SecondFactorEnrolment,
  SecondFactorView,
  Session,
  SupportContact,
  SystemView,
  WeeklyReview,
} from './api-types';
import { followLogs, type LogFollower } from './log-stream';

export type Query = Record<string, string | string[] | undefined>;
type Call = { body?: unknown; query?: Query; signal?: AbortSignal | undefined };

export const unreachable = 'unreachable';

function address(path: string, query: Query = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of Array.isArray(value) ? value : value === undefined ? [] : [value]) search.append(name, one);
  }
  return search.size > 0 ? `${path}?${search.toString()}` : path;
}

const refusalListeners = new Set<() => void>();

/** Called when the API has refused something because of maintenance. Returns how to stop that. */
export function onMaintenanceRefusal(listener: () => void): () => void {
  refusalListeners.add(listener);
  return () => void refusalListeners.delete(listener);
}

async function answerOf(method: string, path: string, { body, query, signal }: Call): Promise<Response> {
  try {
    return await fetch(address(path, query), {
      method,
      signal: signal ?? null,
      credentials: 'same-origin',
      headers: { accept: 'application/json', ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    const problem: Problem = {
      title: 'The server cannot be reached',
      status: 0,
      code: unreachable,
      detail: 'Nothing answered. Check the connection and whether PineBill is running, then try again.',
    };
    throw new HttpError(problem.title, 0, problem);
  }
}

export async function call<T>(method: string, path: string, options: Call = {}): Promise<T> {
  const response = await answerOf(method, path, options);
  if (!response.ok) throw await refusalOf(response);
  return parse(await response.text()) as T;
}

/** A list as a file: all of it, or an error. */
async function fileOf(path: string, query: Query): Promise<Blob> {
  const response = await answerOf('GET', path, { query });
  if (!response.ok) throw await refusalOf(response);
  return response.blob().catch(() => {
    const problem: Problem = {
      title: 'The download broke off',
      status: 0,
      detail: 'What came is not all, so none of it was kept. Try again.',
    };
    throw new HttpError(problem.title, 0, problem);
  });
}

async function refusalOf(response: Response): Promise<HttpError> {
  const parsed = parse(await response.text());
  const problem: Problem = isProblem(parsed) ? parsed : { title: response.statusText || 'The request failed', status: response.status };
  if (response.status === 503 && problem.code === 'maintenance') for (const listener of refusalListeners) listener();
  return new HttpError(problem.detail ?? problem.title, response.status, problem);
}

function parse(text: string): unknown {
  if (text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return null; // a proxy's HTML page, for example: the status says enough
  }
}
const isProblem = (value: unknown): value is Problem => typeof value === 'object' && value !== null && 'title' in value;

type OrganizationChanges = Partial<Pick<OrganizationView, 'name' | 'limits'>> & { policies?: Partial<OrganizationView['policies']> };

/** What the console asks beyond lists and records. */
type Verbs = {
  revokeKey: (id: string, reason: string) => Promise<RevokeResult>;
  /** All or none; `dryRun` only tells who would be refused. */
  revokeKeys: (ids: readonly string[], how: { reason: string } | { dryRun: true }) => Promise<BulkRevocation>;
  hygiene: () => Promise<HygieneView>;
  checkLeak: (text: string) => Promise<LeakCheck>;
  /** The whole list. */
  owners: (list: OwnerList) => Promise<Owner[]>;
  createOwner: (list: OwnerList, name: string) => Promise<Owner>;
  renameOwner: (list: OwnerList, id: string, name: string) => Promise<Owner>;
  mergeOwner: (list: OwnerList, id: string, into: string) => Promise<Owner>;
  rotateKey: (id: string, rotation: { name: string; overlapSeconds: number }) => Promise<MintedKey>;
  holdKey: (id: string, hold: 'disable' | 'quarantine' | 'enable', reason: string) => Promise<ApiKey>;
  cutOver: (id: string) => Promise<CutOver>;
  keyUsage: (id: string, period: { from: string; interval: KeyUsage['interval'] }) => Promise<KeyUsage>;
  logStats: (query: Query) => Promise<LogStats>;
  errorGroups: (query: Query) => Promise<ErrorGroups>;
  /** Up to 10,000 requests at once. */
  downloadLogs: (query: Query & { format: 'csv' | 'jsonl' }) => Promise<Blob>;
  logHelp: (id: string) => Promise<LogHelp>;
  /** Of an address, or of a network in CIDR notation. */
  address: (address: string, period: { from?: string | undefined }) => Promise<AddressView>;
  /** Tells how to stop. A promise, because react-admin takes nothing else. */
  followLogs: (filter: Query, follower: LogFollower) => Promise<() => void>;
  plan: () => Promise<PlanView>;
  organization: () => Promise<OrganizationView>;
  updateOrganization: (changes: OrganizationChanges) => Promise<OrganizationView>;
  restrictions: () => Promise<RestrictionsView>;
  updateRestrictions: (rule: ChangeRestrictions) => Promise<RestrictionsView>;
  previewRestrictions: (question: { apiKeyId: string | null; rule: PlaceFields }) => Promise<RestrictionsPreview>;
  updateMe: (changes: { name: string }) => Promise<unknown>;
  changePassword: (passwords: { currentPassword: string; newPassword: string }) => Promise<unknown>;
  ownSessions: () => Promise<OwnSession[]>;
  endSession: (id: string) => Promise<unknown>;
  secondFactor: () => Promise<SecondFactorView>;
  enrolSecondFactor: () => Promise<SecondFactorEnrolment>;
  confirmSecondFactor: (code: string) => Promise<RecoveryCodes>;
  renewRecoveryCodes: (proof: Proof) => Promise<RecoveryCodes>;
  removeSecondFactor: (proof: Proof) => Promise<unknown>;
  resetSecondFactor: (memberId: string) => Promise<unknown>;
  switchOrganization: (organizationId: string) => Promise<Session>;
  foundOrganization: (name: string) => Promise<OrganizationView>;
  accessReview: () => Promise<AccessReview>;
  signWeeklyReview: (id: string, note: string) => Promise<WeeklyReview>;
  signReview: (review: { note?: string; basis: string }) => Promise<ReviewView>;
  acceptInvitation: (token: string, person: { name: string; password: string; code?: string }) => Promise<Session>;
  resendInvitation: (memberId: string) => Promise<InvitedMember>;
  makeResetLink: (memberId: string) => Promise<PasswordResetLink>;
  requestPasswordReset: (email: string) => Promise<PasswordResetRequested>;
  completePasswordReset: (token: string, password: string) => Promise<null>;
  sendTestMail: () => Promise<{ sentTo: string }>;
  /** Of one's own, and the shared ones. */
  savedViews: () => Promise<SavedView[]>;
  saveView: (view: NewSavedView) => Promise<SavedView>;
  changeView: (id: string, changes: Partial<NewSavedView>) => Promise<SavedView>;
  deleteView: (id: string) => Promise<unknown>;
  /** What the log opens with. */
  setDefaultView: (id: string, isDefault: boolean) => Promise<unknown>;
  exportSchedules: () => Promise<ExportScheduleList>;
  deliverExport: (id: string) => Promise<ExportDelivery>;
  maintenance: () => Promise<MaintenanceView>;
  system: () => Promise<SystemView>;
  quarantine: (cursor: string | null) => Promise<QuarantinePage>;
  supportContact: () => Promise<SupportContact>;
  /** For the line on every page: the latest that are still worked on. */
  openIncidents: () => Promise<IncidentSummary[]>;
  /** What a later page asks, by method and path below `/v1`: typed beside that page (incidents/incident-calls.ts and the like), and comes with it. */
  request: <T>(method: string, path: string, body?: object) => Promise<T>;
};
export type ConsoleDataProvider = DataProvider & Verbs;

export const session = {
  current: () => call<Session>('GET', '/v1/session'),
  start: (credentials: { email: string; password: string; code?: string }) => call<Session>('POST', '/v1/session', { body: credentials }),
  /** After the provider: the code of the second factor. */
  finish: (code: string) => call<Session>('POST', '/v1/session/oidc/code', { body: { code } }),
  end: () => call<null>('DELETE', '/v1/session'),
};

const at = (resource: string, id?: Identifier): string => `/v1/${resource}${id === undefined ? '' : `/${encodeURIComponent(id)}`}`;

/** A list's filter, page size and order make one walk; `null` marks its end. */
class Cursors {
  private readonly walks = new Map<string, (string | null)[]>();

  before(walk: string, page: number): string | null | undefined {
    return page === 1 ? undefined : this.walks.get(walk)?.[page - 2];
  }
  after(walk: string, page: number, next: string | null): void {
    const known = page === 1 ? [] : (this.walks.get(walk) ?? []);
    known[page - 1] = next;
    this.walks.set(walk, known);
    const oldest = this.walks.keys().next();
    if (this.walks.size > 200 && !oldest.done) this.walks.delete(oldest.value); // a long day of filtering must not grow without end
  }
}

type Page = { data: RaRecord[]; nextCursor?: string | null };

function listQuery(resource: string, { filter, pagination, sort }: GetListParams): Query {
  const query: Query = { ...(filter as Query), limit: String(pagination?.perPage ?? 50) };
  return resource === 'audit-logs' ? { ...query, order: sort?.order === 'ASC' ? 'asc' : 'desc' } : query;
}

function lists() {
  const cursors = new Cursors();
  const read = async (resource: string, params: GetListParams, page: number): Promise<Page> => {
    const query = listQuery(resource, params);
    const walk = address(at(resource), query);
    if (cursors.before(walk, page) === undefined && page > 1) await read(resource, params, page - 1);
    const cursor = cursors.before(walk, page);
    if (cursor === null) return { data: [], nextCursor: null };
    const answer = await call<Page>('GET', at(resource), { query: { ...query, cursor }, signal: params.signal });
    cursors.after(walk, page, answer.nextCursor ?? null);
    return answer;
  };
  return async <T extends RaRecord>(resource: string, params: GetListParams): Promise<GetListResult<T>> => {
    const page = params.pagination?.page ?? 1;
    const { data, nextCursor } = await read(resource, params, page);
    return { data: data as T[], pageInfo: { hasNextPage: typeof nextCursor === 'string', hasPreviousPage: page > 1 } };
  };
}

async function allOwners(list: OwnerList): Promise<Owner[]> {
  const found: Owner[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page: { data: Owner[]; nextCursor: string | null } = await call('GET', at(list), {
      query: { limit: '200', cursor: cursor ?? undefined },
    });
    found.push(...page.data);
    cursor = page.nextCursor;
  }
  return found;
}
const factor = '/v1/me/second-factor';

const verbs: Verbs = {
  revokeKey: (id, reason) => call('POST', `${at('api-keys', id)}/revoke`, { body: { reason } }),
  revokeKeys: (ids, how) => call('POST', '/v1/api-keys/revoke', { body: { ids, ...how } }),
  hygiene: () => call('GET', '/v1/api-keys/hygiene'),
  checkLeak: (text) => call('POST', '/v1/leak-checks', { body: { text } }),
  owners: allOwners,
  createOwner: (list, name) => call('POST', at(list), { body: { name } }),
  renameOwner: (list, id, name) => call('PATCH', at(list, id), { body: { name } }),
  mergeOwner: (list, id, into) => call('POST', `${at(list, id)}/merge`, { body: { into } }),
  rotateKey: (id, body) => call('POST', `${at('api-keys', id)}/rotate`, { body }),
  holdKey: (id, hold, reason) => call('POST', `${at('api-keys', id)}/${hold}`, { body: reason === '' ? {} : { reason } }),
  cutOver: (id) => call('GET', `${at('api-keys', id)}/cutover`),
  keyUsage: (id, query) => call('GET', `${at('api-keys', id)}/usage`, { query }),
  logStats: (query) => call('GET', '/v1/audit-logs/stats', { query }),
  errorGroups: (query) => call('GET', '/v1/audit-logs/errors', { query }),
  downloadLogs: (query) => fileOf('/v1/audit-logs', query),
  logHelp: (id) => call('GET', `${at('audit-logs', id)}/help`),
  address: (address, query) => call('GET', at('audit-logs/addresses', address), { query }),
  followLogs: (filter, follower) => Promise.resolve(followLogs(address('/v1/audit-logs/stream', filter), follower)),
  plan: () => call('GET', '/v1/plan'),
  organization: () => call('GET', '/v1/organization'),
  updateOrganization: (changes) => call('PATCH', '/v1/organization', { body: changes }),
  restrictions: () => call('GET', '/v1/restrictions'),
  updateRestrictions: (rule) => call('PUT', '/v1/restrictions', { body: rule }),
  previewRestrictions: (question) => call('POST', '/v1/restrictions/preview', { body: question }),
  updateMe: (changes) => call('PATCH', '/v1/me', { body: changes }),
  changePassword: (passwords) => call('PUT', '/v1/me/password', { body: passwords }),
  ownSessions: async () => (await call<{ data: OwnSession[] }>('GET', '/v1/me/sessions')).data,
  endSession: (id) => call('DELETE', at('me/sessions', id)),
  secondFactor: () => call('GET', factor),
  enrolSecondFactor: () => call('POST', factor),
  confirmSecondFactor: (code) => call('POST', `${factor}/confirm`, { body: { code } }),
  renewRecoveryCodes: (proof) => call('POST', `${factor}/recovery-codes`, { body: proof }),
  removeSecondFactor: (proof) => call('DELETE', factor, { body: proof }),
  resetSecondFactor: (memberId) => call('DELETE', `${at('members', memberId)}/second-factor`),
  switchOrganization: (organizationId) => call('PUT', '/v1/session/organization', { body: { organizationId } }),
  foundOrganization: (name) => call('POST', '/v1/organizations', { body: { name } }),
  accessReview: () => call('GET', '/v1/access-review'),
  signWeeklyReview: (id, note) => call('POST', `${at('weekly-reviews', id)}/sign`, { body: note === '' ? {} : { note } }),
  signReview: (review) => call('POST', '/v1/reviews', { body: { kind: 'access', ...review } }),
  acceptInvitation: (token, person) => call('POST', `/v1/invitations/${encodeURIComponent(token)}/accept`, { body: person }),
  resendInvitation: (id) => call('POST', `${at('members', id)}/invitation`),
  makeResetLink: (id) => call('POST', `${at('members', id)}/password-reset`),
  requestPasswordReset: (email) => call('POST', '/v1/password-resets', { body: { email } }),
  completePasswordReset: (token, password) =>
    call('POST', `/v1/password-resets/${encodeURIComponent(token)}/complete`, { body: { password } }),
  sendTestMail: () => call('POST', '/v1/system/test-mail'),
  savedViews: async () => (await call<{ data: SavedView[] }>('GET', at('saved-views'))).data,
  saveView: (body) => call('POST', at('saved-views'), { body }),
  changeView: (id, body) => call('PATCH', at('saved-views', id), { body }),
  deleteView: (id) => call('DELETE', at('saved-views', id)),
  setDefaultView: (id, isDefault) => call(isDefault ? 'PUT' : 'DELETE', `${at('saved-views', id)}/default`),
  exportSchedules: () => call<ExportScheduleList>('GET', at('export-schedules')),
  deliverExport: (id) => call<ExportDelivery>('POST', `${at('exports', id)}/deliver`),
  maintenance: () => call('GET', '/v1/maintenance'),
  system: () => call('GET', '/v1/system'),
  quarantine: (cursor) => call('GET', '/v1/system/quarantine', { query: { cursor: cursor ?? undefined } }),
  supportContact: () => call('GET', '/v1/support-contact'),
  openIncidents: async () =>
    (await call<{ data: IncidentSummary[] }>('GET', at('incidents'), { query: { state: 'open', limit: '20' } })).data,
  request: (method, path, body) => call(method, `/v1${path}`, body ? { body } : {}),
};

export function createDataProvider(): ConsoleDataProvider {
  const getList = lists();
  return {
    ...verbs,
    supportAbortSignal: true,
    getList: (resource, params) => getList(resource, params),
    getOne: async (resource, { id, signal }: { id: Identifier; signal?: AbortSignal }) => ({
      data: await call('GET', at(resource, id), { signal }),
    }),
    getMany: async (resource, { ids, signal }) => ({
      data: await Promise.all(ids.map((id) => call<never>('GET', at(resource, id), { signal }))),
    }),
    getManyReference: (resource, params) =>
      getList(resource, { ...params, filter: { ...(params.filter as Query), [params.target]: String(params.id) } }),
    create: async (resource, { data }) => ({ data: await call('POST', at(resource), { body: data }) }),
    update: async (resource, { id, data }: { id: Identifier; data: object }) => ({
      data: await call('PATCH', at(resource, id), { body: data }),
    }),
    updateMany: async (resource, { ids, data }) => {
      await Promise.all(ids.map((id) => call('PATCH', at(resource, id), { body: data })));
      return { data: ids };
    },
    delete: async (resource, { id, previousData }) => {
      await call('DELETE', at(resource, id));
      return { data: (previousData ?? { id }) as never }; // react-admin wants the record that is gone; 204 brings none
    },
    deleteMany: async (resource, { ids }) => {
      await Promise.all(ids.map((id) => call('DELETE', at(resource, id))));
      return { data: ids };
    },
  };
}
