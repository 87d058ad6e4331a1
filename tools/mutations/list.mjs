// What is taken out, one at a time, and which specs must notice. `find` stands in the file exactly once: mutations.spec.ts says so in every
// `npm test`, so that the list cannot rot. A mutation leaves code that runs: a spec that cannot even start proves nothing.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const api = 'apps/api/src';
const guard = `${api}/access/access.guard.ts`;
const admitting = `${api}/access/admit-person.ts`;
const people = `${api}/access/person-authentication.ts`;
const views = `${api}/audit-logs/log-views.ts`;
const retention = `${api}/plan/retention-of.ts`;
const programs = `${api}/access/program-authentication.ts`;
const foundation = `${api}/database/migrations/0001-foundation.ts`;
const spec = (path) => `${api}/${path}.db.spec.ts`;
const matrix = 'the matrix';
const walls = spec('database/walls');
const wallsFilters = spec('database/walls-filters');
const wallsLists = spec('database/walls-lists');

/** Of the guard and of what it asks: name, file, find, replace, specs. */
const door = [
  ['undeclared route', guard, "if (!rule) throw new AppError('route_not_declared');", 'if (!rule) return true;', [spec('access/access.guard')]],
  ['role', admitting, 'if (!can(actor.role, permission)) {', 'if (!can(actor.role, permission) && permission === null) {', [matrix]],
  ['scope', guard, 'if (!key.scopes.includes(scope)) {', 'if (scope.length === 0) {', [matrix]],
  ['people only', guard, "if (scope === null) throw new AppError('person_required'", "if (scope === undefined) throw new AppError('person_required'", [matrix]],
  ['quarantined key', guard, "if (state === 'quarantined' && ", "if (state === 'nowhere' && ", [spec('access/limits')]],
  ['ended while the body came', programs, 'if (dead) throw invalidKey(dead);', '', [spec('access/access')]],
  ['role asked again', `${api}/activity/activity.service.ts`, 'if (member && member.suspended_at === null && can(member.role, permission)) return;', 'return;', [spec('organizations/at-the-same-time')]],
  ['place', guard, 'admitPlace(actor.ip, key, this.countries.of);', '', [walls]],
  ['cross-site', guard, "this.refuseCrossSite(request, routeOptions.url ?? '');", '', [spec('access/cross-site')]],
  ['temporary password', admitting, 'if (actor.mustChangePassword) {', 'if (actor.mustChangePassword && actor.role === null) {', [spec('organizations/members'), spec('organizations/me'), spec('access/access')]],
  ['second factor asked of admins', admitting, 'if (actor.mustEnrolSecondFactor) {', 'if (actor.mustEnrolSecondFactor && actor.role === null) {', [spec('organizations/second-factor')]],
  ['guest reads the log', 'libs/contract/src/access.ts', "guest: ['billing:read'],", "guest: ['billing:read', 'audit:read'],", [matrix]],
  ['member makes keys', 'libs/contract/src/access.ts', "member: [\n    'billing:read',", "member: [\n    'keys:write',\n    'billing:read',", [matrix]],
  ['two credentials', `${api}/access/early-authentication.ts`, 'if (authorizations(edge) > 1)', 'if (authorizations(edge) > 9)', [spec('access/limits')]],
  ['origin of another site', `${api}/access/cross-site.ts`, 'if (site !== undefined && !ownSites.has(site)) return true;', '', [`${api}/access/cross-site.spec.ts`]],
  ['inside of readyz', `${api}/platform/operator.ts`, 'return !passedOn && ', 'return ', [`${api}/platform/operator.spec.ts`]],
  ['home only', `${api}/system/system.service.ts`, 'if (actor.organizationId !== this.home)', 'if (this.home === undefined)', [spec('system/system')]],
]; // prettier-ignore

/** Whether a key still works. */
const keys = [
  ['revoked key', `${api}/api-keys/key-state.ts`, "if (key.revokedAt !== null) return 'revoked';", '', [spec('access/access')]],
  ['expired key', `${api}/api-keys/key-state.ts`, "if (reached(key.expiresAt, now)) return 'expired';", '', [spec('access/access')]],
  ['key rotated out', `${api}/api-keys/key-state.ts`, "if (reached(key.rotatedOutAt, now)) return 'rotatedOut';", '', [spec('api-keys/key-life')]],
  ['disabled key', `${api}/api-keys/key-state.ts`, "if (key.disabledAt !== null) return 'disabled';", '', [spec('access/access')]],
  ['dead key at the door', programs, 'if (dead) return {', 'if (dead && false) return {', [walls]],
  ['limits', programs, 'if (limited) return {', 'if (limited && false) return {', [spec('access/limits')]],
  ['known verdict of a revoked key', `${api}/access/known-keys.ts`, '    this.revoked.set(id, true);\n    this.forget(id);', '', [`${api}/access/known-keys.spec.ts`]],
  ['plan of countries', `${api}/restrictions/place-rules.ts`, 'if (plans[plan].geographicRestrictions || ', 'if (plan !== null || ', [spec('restrictions/restrictions'), spec('access/limits')]],
]; // prettier-ignore

/** Whether a person is who they say, and still belongs here. */
const accounts = [
  ['expired session', people, 'expires_at <= now || ', '', [spec('organizations/sessions')]],
  ['idle session', people, ' || now.getTime() - last_seen_at.getTime() > SESSION_IDLE_MS', '', [spec('organizations/sessions')]],
  ['ended session', `${api}/database/migrations/0012-second-factor.ts`, 'and s.ended_at is null and m.suspended_at is null', 'and m.suspended_at is null', [spec('organizations/sessions')]],
  ['suspended session', `${api}/database/migrations/0012-second-factor.ts`, 'and s.ended_at is null and m.suspended_at is null', 'and s.ended_at is null', [walls]],
  ['password', `${api}/organizations/sign-in.service.ts`, 'if (!right || ', 'if (', [spec('organizations/sessions')]],
  ['suspended at sign-in', `${api}/organizations/sign-in.service.ts`, ' || account.suspended_at !== null) return null;', ') return null;', [spec('organizations/members')]],
  ['second factor at sign-in', `${api}/organizations/sign-in.service.ts`, "return verdict === 'none' || verdict === 'right' ? this.sessions", "return verdict !== 'right' || verdict === 'right' ? this.sessions", [spec('organizations/second-factor')]],
  ['one method at the provider', `${api}/organizations/oidc-methods.ts`, 'new Set(used).size >= 2', 'new Set(used).size >= 1', [`${api}/organizations/oidc-methods.spec.ts`]],
  ['code used twice', `${api}/organizations/second-factors.ts`, "await tx.query('update second_factor set last_step = $2 where user_id = $1', [row.user_id, step]);", '', [spec('organizations/second-factor')]],
  ['last admin', `${api}/organizations/members.service.ts`, '    await keepAnAdmin(tx, actor, member);\n    await tx.query(\'update membership set role', '    await tx.query(\'update membership set role', [spec('organizations/members')]],
  ['sessions of who is demoted', `${api}/organizations/members.service.ts`, 'update user_session set ended_at = $3 where organization_id = $1 and user_id = $2 and ended_at is null', 'update user_session set ended_at = $3 where organization_id = $1 and user_id = $2 and ended_at is not null', [spec('organizations/members')]],
  ['invitation that is over', `${api}/organizations/invitations.service.ts`, 'if (revoked_at === null && expires_at > this.clock.now()) return;', 'if (revoked_at === null || expires_at !== null) return;', [spec('organizations/members')]],
  ['link for a password used twice', `${api}/database/migrations/0011-mail.doors.ts`, 'where token_hash = hash and used_at is null and expires_at > at', 'where token_hash = hash and expires_at > at', [spec('organizations/password-resets')]],
  ['founding elsewhere', `${api}/organizations/founding.service.ts`, 'where id = $1 and id = home_organization()', 'where id = $1', [spec('organizations/founding')]],
  ['switching to an organization that has suspended one', foundation, 'm.user_id = s.user_id and m.organization_id = organization and m.suspended_at is null', 'm.user_id = s.user_id and m.organization_id = organization', [walls]],
  ['switching to an organization of others', foundation, 'exists (select 1 from membership m where m.user_id = s.user_id and m.organization_id = organization and m.suspended_at is null)', 'true', [spec('organizations/sessions')]],
]; // prettier-ignore

/** Between organizations. */
const between = [
  ['filter of the customers', `${api}/billing/customers.service.ts`, 'from customer where organization_id = $1 and ($2::text is null', 'from customer where $1::uuid is not null and ($2::text is null', [wallsLists]],
  ['filter of one invoice', `${api}/billing/invoices.queries.ts`, 'const one = `select ${columns} from invoice where organization_id = $1 and id = $2`;', 'const one = `select ${columns} from invoice where $1::uuid is not null and id = $2`;', [wallsLists]],
  ['filter of the activity', `${api}/activity/activity.service.ts`, 'from activity where organization_id = $1', 'from activity where $1::uuid is not null', [wallsLists]],
  ['filter of the log', 'libs/audit/src/record-search.ts', "const where = [`l.organization_id = ${parameters.add(organizationId, 'uuid')}`];", "const where = [`${parameters.add(organizationId, 'uuid')} is not null`];", [wallsLists]],
  ['organization of the transaction', `${api}/database/tenant.ts`, "    return this.committed(async (tx) => {\n      await tx.query(`set local app.organization_id = '${organizationId}'`);", '    return this.committed(async (tx) => {', [wallsLists]],
  ['force of row-level security', foundation, '    alter table ${table} force row level security;\n', '', [walls]],
  ['function that everybody may execute', `${api}/database/migrations/0008-processes.ts`, 'revoke all on function ${signature} from public; grant execute', 'grant execute', [walls]],
  ['search path of a function', `${api}/database/migrations/0008-processes.ts`, 'create function key_marks(most integer) returns text[]\nlanguage sql stable security definer set search_path = app, pg_temp', 'create function key_marks(most integer) returns text[]\nlanguage sql stable security definer', [walls]],
  ['view with the rights of its owner', `${api}/database/migrations/0003-narrow-rows.tables.ts`, 'create view audit_record with (security_invoker = true) as', 'create view audit_record as', [walls]],
  ['cursor of another organization', `${api}/platform/cursor.ts`, 'JSON.stringify([list, organizationId, order, sorted(filter)])', 'JSON.stringify([list, order, sorted(filter)])', [`${api}/platform/cursor.spec.ts`]],
  ['records of nobody', views, "!(actor.type === 'user' && actor.role === 'admin')", "(actor.type === 'user' && actor.role === 'admin')", [spec('audit-logs/audit-logs')]],
  ['retention of the plan', retention, 'begins: daysBefore(now, days)', 'begins: daysBefore(now, 9 * days)', [spec('audit-logs/audit-logs')]],
  ['proxy that nobody trusts', 'libs/audit/src/client-address.ts', 'if (!isTrusted(client.ip, trusted)) return client;', '', ['libs/audit/src/client-address.spec.ts']],
  ['trusted proxies', 'libs/audit/src/client-address.ts', "if (trusted.length === 0 || forwardedFor === '') return peer;", "if (forwardedFor === '') return peer;\n  if (trusted.length === 0) return forwardedAddress(forwardedFor) ?? peer;", ['libs/audit/src/client-address.spec.ts']],
  ['address from the left', 'libs/audit/src/client-address.ts', "forwardedFor.split(',').reverse()", "forwardedFor.split(',')", ['libs/audit/src/client-address.spec.ts']],
]; // prettier-ignore

const named = ([name, file, find, replace, specs]) => ({ name, file, find, replace, specs });

/** Each `@Access` of each controller: people of every role are let in; where they are already, programs are. */
export function doorsOf(root) {
  const controllers = readdirSync(join(root, api), { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith('.controller.ts'));
  return controllers.sort().flatMap((path) => {
    const text = readFileSync(join(root, api, path), 'utf8');
    return [...text.matchAll(/@Access\('([a-z:-]+)'(, \{ scope: '[a-z:]+' \})?\)(?=[^]*?\n {2}(?:async )?(\w+)\()/g)].map((match) => {
      const [find, permission, , handler] = match;
      const replace = permission === 'signed-in' ? "@Access('signed-in', { scope: 'invoices:read' })" : "@Access('signed-in')";
      const name = `@Access of ${path.split('/').at(-1).replace('.controller.ts', '')}.${handler}`;
      return { name, file: `${api}/${path}`, find, at: match.index, replace, specs: [matrix] };
    });
  });
}

/** A policy that lets everything through. `policies` as the catalogue lists them. */
export const policiesOf = (policies) =>
  policies.map(({ table, policy, command }) => {
    const using = command === 'a' ? '' : ' using (true)';
    const check = command === 'r' || command === 'd' ? '' : ' with check (true)';
    return { name: `policy ${policy} on ${table}`, sql: `alter policy ${policy} on ${table}${using}${check}`, specs: [wallsFilters] };
  });

export const mutations = [...door, ...keys, ...accounts, ...between].map(named);

/** The matrix is one file, or a folder of them. */
export function specFiles(root, { specs }) {
  return specs.flatMap((path) => {
    if (path !== matrix) return [path];
    const folder = join(root, api, 'matrix');
    if (!existsSync(folder)) return [spec('matrix')];
    return readdirSync(folder).filter((file) => file.endsWith('.spec.ts')).map((file) => `${api}/matrix/${file}`); // prettier-ignore
  });
}

/** The text after the mutation; throws when what it looks for is not there exactly once. */
export function mutated(text, { name, file, find, replace, at }) {
  if (at !== undefined) {
    if (!text.startsWith(find, at)) throw new Error(`${name} is stale: ${file} does not have it there`);
    return text.slice(0, at) + replace + text.slice(at + find.length);
  }
  const times = text.split(find).length - 1;
  if (times !== 1) throw new Error(`${name} is stale: ${file} has it ${times} times`);
  return text.replace(find, () => replace);
}
