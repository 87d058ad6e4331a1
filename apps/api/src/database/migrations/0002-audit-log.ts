// Placeholder by PLATFORM so that the app boots; STORAGE replaces this file.
import type { MigrationInterface } from 'typeorm';

export class AuditLog1700000000002 implements MigrationInterface {
  up(): Promise<void> {
    return Promise.resolve();
  }
  down(): Promise<void> {
    return Promise.resolve();
  }
}
