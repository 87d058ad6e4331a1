/**
 * The only place that talks to the API. Lists are keyset-paged there and numbered in react-admin: the cursor of page n + 1 is remembered
 * when page n is read, so a page is reached only through the ones before it. A refusal becomes an HttpError whose body is the problem
 * document as it came; ProblemView shows it.
 */
import { HttpError, type DataProvider, type GetListParams, type GetListResult, type Identifier, type RaRecord } from 'react-admin';
import type {
  MaintenanceView,
  OrganizationView,
  OwnSession,
  PlanView,
  Problem,
  Proof,
  QuarantinePage,
  RecoveryCodes,
  RevokeResult,
  SecondFactorEnrolment,
  SecondFactorView,
  Session,
  SystemView,
} from './api-types';

type Query = Record<string, string | string[] | undefined>;
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
  const text = await response.text();
  const parsed = parse(text);
  if (response.ok) return parsed as T;
  const problem: Problem = isProblem(parsed) ? parsed : { title: response.statusText || 'The request failed', status: response.status };
  if (response.status === 503 && problem.code === 'maintenance') for (const listener of refusalListeners) listener();
  throw new HttpError(problem.detail ?? problem.title, response.status, problem);
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
export type Verbs = {
  revokeKey: (id: string, reason: string) => Promise<RevokeResult>;
  plan: () => Promise<PlanView>;
  organization: () => Promise<OrganizationView>;
  updateOrganization: (changes: OrganizationChanges) => Promise<OrganizationView>;
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
  acceptInvitation: (token: string, person: { name: string; password: string; code?: string }) => Promise<Session>;
  maintenance: () => Promise<MaintenanceView>;
  system: () => Promise<SystemView>;
  quarantine: (cursor: string | null) => Promise<QuarantinePage>;
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

const factor = '/v1/me/second-factor';

const verbs: Verbs = {
  revokeKey: (id, reason) => call('POST', `${at('api-keys', id)}/revoke`, { body: { reason } }),
  plan: () => call('GET', '/v1/plan'),
  organization: () => call('GET', '/v1/organization'),
  updateOrganization: (changes) => call('PATCH', '/v1/organization', { body: changes }),
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
  acceptInvitation: (token, person) => call('POST', `/v1/invitations/${encodeURIComponent(token)}/accept`, { body: person }),
  maintenance: () => call('GET', '/v1/maintenance'),
  system: () => call('GET', '/v1/system'),
  quarantine: (cursor) => call('GET', '/v1/system/quarantine', { query: { cursor: cursor ?? undefined } }),
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
