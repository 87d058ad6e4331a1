/**
 * Holes in the walls between organizations, asked of PostgreSQL's catalogue: each is a sentence that says where and what to do. What is written
 * once more in a migration cannot forget what is not looked for here.
 */
type Query = (sql: string) => Promise<{ rows: { hole: string }[] }>;

/** Their rows belong to organizations without naming one: an organization by its id, the others through `membership`. */
export const ownedOtherwise = ['organization', 'app_user', 'second_factor', 'recovery_code', 'identity_link'];

/** `table.policy`: what a policy lets through on purpose. */
const letThrough = [
  // A record that cannot be read may name no organization; it gets in, and only maintenance reads it.
  'audit_quarantine.keep',
  // A person is inserted before the membership that makes them visible; `walls-filters` shows that nothing is changed this way.
  'app_user.tenant: check',
];

const ours = `n.nspname <> 'information_schema' and n.nspname not like 'pg\\_%'`;
const quoted = (names: readonly string[]): string => names.map((name) => `'${name}'`).join(', ');
const hasOrganization = `exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organization_id' and not a.attisdropped)`;

const walled = `select c.oid, c.relname as name, c.relrowsecurity, c.relforcerowsecurity from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and not c.relispartition and ${ours} and (c.relname in (${quoted(ownedOtherwise)}) or ${hasOrganization})`;

/** Of the role of the product, or of everybody. */
const policies = `select w.name, p.polname, p.polcmd, pg_get_expr(p.polqual, w.oid) as read, pg_get_expr(p.polwithcheck, w.oid) as written
  from walled w join pg_policy p on p.polrelid = w.oid where p.polroles && array['pinebill_app'::regrole::oid, 0::oid]`;
const looks = (expression: string): string => `coalesce(${expression} like '%current_setting(''app.organization_id''%', true)`;

const questions = [
  `with walled as (${walled})
   select name || ' has no row-level security: enable and force it, and give it the policies tenant and maintenance' as hole
   from walled where not relrowsecurity`,
  `with walled as (${walled})
   select name || ' does not force row-level security: its owner walks past the policies' from walled where not relforcerowsecurity`,
  `with walled as (${walled}), policies as (${policies})
   select name || ' has no policy for pinebill_app' from walled w where not exists (select from policies p where p.name = w.name)`,
  `with walled as (${walled}), policies as (${policies})
   select name || '.' || polname || ' does not look at the organization of the transaction' from policies
   where not (${looks('read')}) and name || '.' || polname not in (${quoted(letThrough)})`,
  `with walled as (${walled}), policies as (${policies})
   select name || '.' || polname || ' lets rows of any organization be written' from policies
   where not (${looks('written')}) and name || '.' || polname not in (${quoted(letThrough)})
     and name || '.' || polname || ': check' not in (${quoted(letThrough)})`,
  // A partition asks its own policies only, and has none.
  `select distinct c.relname || ' is a partition with a grant: reached directly, the policies of its parent do not hold'
   from pg_class c cross join lateral (select * from aclexplode(c.relacl)
     union all select g.* from pg_attribute a, aclexplode(a.attacl) g where a.attrelid = c.oid) g
   where c.relispartition and g.grantee in ('pinebill_app'::regrole, 0)`,
  `select c.relname || ' is a view without security_invoker: it reads with the rights of its owner' from pg_class c
   join pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'v' and ${ours} and not coalesce(c.reloptions && array['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)`,
  `select c.relname || ' is a materialized view: it has no policies' from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind = 'm' and ${ours}`,
  `select p.proname || ' is a security definer without a search path of its own that ends with pg_temp' from pg_proc p
   join pg_namespace n on n.oid = p.pronamespace
   where p.prosecdef and ${ours} and not coalesce(p.proconfig && array['search_path=app, pg_temp'], false)`,
  `select p.proname || ' can be executed by everybody: revoke it from public' from pg_proc p join pg_namespace n on n.oid = p.pronamespace
   where ${ours} and exists (select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) g where g.grantee = 0)`,
  `select c.relname || ' is granted to everybody: grant it to pinebill_app' from pg_class c join pg_namespace n on n.oid = c.relnamespace,
     lateral aclexplode(c.relacl) g where ${ours} and g.grantee = 0`,
  `select c.relname || ' stands outside the schema app' from pg_class c join pg_namespace n on n.oid = c.relnamespace
   where c.relkind in ('r', 'p', 'v', 'm', 'f') and ${ours} and n.nspname <> 'app'`,
  `select rolname || ' may do more than the role of the product should: no superuser, no bypassrls, no role of its own' from pg_roles r
   where rolname = 'pinebill_app' and (rolsuper or rolbypassrls or rolcreaterole or exists (select from pg_auth_members m where m.member = r.oid))`,
  `select c.relname || ' belongs to pinebill_app: an owner changes policies' from pg_class c where c.relowner = 'pinebill_app'::regrole`,
];

export async function holesInTheWalls(query: Query): Promise<string[]> {
  const holes: string[] = [];
  for (const question of questions) holes.push(...(await query(question)).rows.map((row) => Object.values(row)[0] as string));
  return holes.sort();
}
