import { auditSchema } from '@pinebill/nestjs-audit';
import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The log's own tables; their SQL belongs to the library that writes and reads them. Partitions are made at start-up, by a job. */
export class AuditLog1700000000002 implements MigrationInterface {
  async up(db: QueryRunner): Promise<void> {
    await db.query(auditSchema({ appRole: 'pinebill_app', maintenanceRole: 'pinebill_maintenance' }));
  }

  down(): Promise<void> {
    return Promise.reject(new Error('The log has no way back: restore a backup instead.'));
  }
}
