/**
 * What a list is searched by, so that its first page does not wait for what is rare (ADR 0026), and the sums of whole days, from those of their hours. Builds twelve indexes over
 * the log: some 30 s for each million records; records wait in their journals meanwhile.
 */
import type { MigrationInterface, QueryRunner } from 'typeorm';

const indexes = `
create index audit_log_caller_route on audit_log (organization_id, caller_no, route_no, minute);
create index audit_log_caller_error on audit_log (organization_id, caller_no, status, minute) where status >= 400;
create index audit_log_route on audit_log (organization_id, route_no, minute);
create index audit_log_route_error on audit_log (organization_id, route_no, status, minute) where status >= 400;
create index audit_log_status on audit_log (organization_id, status, minute);
create index audit_log_ip on audit_log (organization_id, ip, minute);
create index audit_log_agent on audit_log (organization_id, agent_no, minute);
create index audit_log_country on audit_log (organization_id, country, minute) where country is not null;
create index audit_log_reason on audit_log (organization_id, reason, minute) where reason is not null;
create index audit_log_key_fingerprint on audit_log (organization_id, key_fingerprint, minute) where key_fingerprint is not null;
create index audit_log_slow on audit_log (organization_id, minute, duration_ms) where duration_ms >= 1000;
create index audit_log_path on audit_log (organization_id, path collate "C");
`;

const buckets = [1, 2, 5, 10, 20, 35, 50, 75, 100, 150, 250, 500, 1_000, 2_500, 10_000].map((end) => `up_to_${end}_ms`);
const sums = ['bytes_out', 'requests', 'client_errors', 'server_errors', ...buckets, 'longer'];
const DAY = 1_440;
const day = `u.minute - mod(mod(u.minute, ${DAY}) + ${DAY}, ${DAY})`;

const days = `
insert into audit_rollup (organization_id, dimension, minute, value, actor, ${sums.join(', ')})
select u.organization_id, u.dimension + 10, ${day}, u.value, u.actor, ${sums.map((column) => `sum(u.${column})`).join(', ')}
from audit_rollup u join audit_head h on h.organization_id = u.organization_id
where u.dimension between 11 and 15 and u.minute < h.hours_until - mod(mod(h.hours_until, ${DAY}) + ${DAY}, ${DAY}) group by 1, 2, 3, 4, 5;
`;

export class SearchIndexes1700000000025 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    for (const step of [indexes, days, 'analyze audit_rollup']) await db.query(step);
  }

  async down(db: QueryRunner): Promise<void> {
    const names = [
      'caller_route',
      'caller_error',
      'route',
      'route_error',
      'status',
      'ip',
      'agent',
      'country',
      'reason',
      'key_fingerprint',
      'slow',
      'path',
    ];
    await db.query(
      `drop index ${names.map((name) => `audit_log_${name}`).join(', ')}; delete from audit_rollup where dimension between 21 and 25`,
    );
  }
}
