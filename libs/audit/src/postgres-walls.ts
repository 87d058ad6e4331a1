/** Row-level security of the log's tables: the second wall between organizations, under the filter in the query. */
export type SchemaRoles = {
  /** The role the application works as: owns nothing. */
  appRole: string;
  /** Owns the tables; makes and drops partitions. */
  maintenanceRole: string;
};

/** The organization of the transaction. After SET LOCAL ends, the setting reads '' on the pooled connection, not null. */
export const CURRENT = `nullif(current_setting('app.organization_id', true), '')::uuid`;

/** For a table with `organization_id`. */
export const walls = (table: string, { appRole, maintenanceRole }: SchemaRoles): string => `
alter table ${table} enable row level security;
alter table ${table} force row level security;
create policy tenant on ${table} to ${appRole} using (organization_id = ${CURRENT}) with check (organization_id = ${CURRENT});
-- FORCE holds for the owner too: without a policy of its own a purge would delete 0 rows, in silence.
create policy maintenance on ${table} to ${maintenanceRole} using (true) with check (true);`;
