/** A part of an export: one kind of rows, in one file. */
import type { Json } from '@pinebill/contract';
import type { EntityManager } from 'typeorm';
import type { Tenant } from '../../database/tenant';
import { readPeriod } from '../../platform/query';
import type { Column, Row } from '../formats/encoder';
import type { ExportRequest, PartName } from '../export-request';

/** What is the same for all parts of an export. */
export type Commission = {
  organizationId: string;
  request: ExportRequest;
  /** Of what whoever asked may see. */
  readsFrom: Date;
  hidesAnonymous: boolean;
};

/** Where the rows go. */
export interface Sink {
  rows(rows: readonly Row[]): Promise<void>;
  /** Bytes that are rows of the format already. */
  copied(chunk: Buffer): Promise<void>;
  /**
   * So many rows more are written, and this is where the next ones begin; null: the part cannot be gone on with, and begins anew if it is interrupted.
   * Throws when the work is no longer ours.
   */
  reached(rows: number, position: Json): Promise<void>;
}

export type Facts = Record<string, Json>;
/** What was decided when the part began; kept, so that whoever goes on sees the same. `rows`: as many as there must be in the end, when that is known. */
export type Plan = { rows: number | null; facts: Facts };

export interface Part {
  readonly name: PartName;
  /** In the file's name: `audit-logs`. */
  readonly fileName: string;
  columns(commission: Commission): readonly Column[];
  plan(commission: Commission): Promise<Plan>;
  /** All rows behind `after`, in order; from the beginning when it is null. Returns what the manifest says beyond the plan. Throws rather than leave a row out. */
  write(commission: Commission, plan: Plan, after: Json, sink: Sink): Promise<Facts>;
}

/** Of a part that reads a period in one go: how many rows it has is known when they are read. */
export function periodPlan({ request }: Commission, order: string): Promise<Plan> {
  const { from, to } = readPeriod(request.filter);
  return Promise.resolve({ rows: null, facts: { order, period: { from: from?.toISOString() ?? null, to: to?.toISOString() ?? null } } });
}

/** How a part gets at its rows: a transaction that sees one organization. */
export type Reading = Pick<Tenant, 'run'>;

/** As the first statement: whatever the transaction reads is of one moment. */
export const oneMoment = (tx: EntityManager): Promise<unknown> => tx.query('set transaction isolation level repeatable read');

/** Fewer or more rows than there were counted: what is written is not complete, so it is nothing. */
export class Incomplete extends Error {
  constructor(written: number, counted: number) {
    super(`${written} rows were written where ${counted} were counted`);
  }
}
