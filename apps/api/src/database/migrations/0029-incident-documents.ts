/** The template that reports of incidents are made by, where an organization has its own; and incidents as something to export. */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const current = `nullif(current_setting('app.organization_id', true), '')::uuid`;

const sources = (names: string): string => `
alter table export drop constraint export_source;
alter table export add constraint export_source check (source in (${names}));
`;

const up = `
-- Without a row: the standard one.
create table incident_template (
  organization_id uuid constraint incident_template_pkey primary key references organization (id),
  text text not null constraint incident_template_length check (length(text) between 1 and 20000),
  changed_at timestamptz(3) not null,
  changed_by uuid,
  changed_by_name text not null
);
alter table incident_template enable row level security;
alter table incident_template force row level security;
create policy tenant on incident_template to pinebill_app using (organization_id = ${current}) with check (organization_id = ${current});
create policy maintenance on incident_template to pinebill_maintenance using (true) with check (true);
grant select, insert, update, delete on incident_template to pinebill_app;
${sources(`'auditLogs', 'activity', 'evidence', 'incidents', 'period'`)}
`;

// What was exported of incidents has no place in the version before.
const down = `
delete from export where source = 'incidents';
${sources(`'auditLogs', 'activity', 'evidence', 'period'`)}
drop table incident_template;
`;

export class IncidentDocuments1700000000029 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(up);
  }

  async down(db: QueryRunner): Promise<void> {
    await db.query(down);
  }
}
