/**
 * One step of the detection of one organization: the new records go to the engine in their order, and what it says, what it remembers, how far it has come and
 * the step itself are stored in one transaction. So whatever is killed, and whenever, goes on where the last transaction ended, and finds the same (ADR 0030).
 */
import { setImmediate } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { canonicalJson, type Json } from '@pinebill/contract';
import { createDetection, type Detection, type Finding } from '@pinebill/detection';
import { lastSequence, readCalls, type ReadCalls, type RecordedCall } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import { Clock } from '../platform/clock';
import { lostToOthers, tookTooLong } from '../platform/problem';
import { clamped, stridesOf, toCall, type Stride } from './calls-of-log';
import { profileOf } from './detection-profile';
import {
  beginCursor,
  keepProfile,
  lockCursor,
  moveCursor,
  noteFailure,
  readProfile,
  readState,
  recordSteps,
  writeState,
  type Cursor,
} from './detection-state.queries';
import { FindingKeeper } from './finding-keeper';

/** Numbers of the log that one transaction looks at: what is remembered is written once for all of them. */
const BATCH = 5_000;
/** Of them that are read at once: what PostgreSQL answers is taken apart in one go, and requests wait meanwhile. */
const READ_AT_ONCE = 500;
/** Of an organization that has a log already when detection first looks at it: so much of it is learnt from. */
const LEARN_FROM = 200_000;
/** Work at a stretch, before whatever else this process has to do has its turn. */
const STRETCH_MS = 4;
/** Of what is remembered, written at once. */
const PARTS_AT_ONCE = 200;
/** A clock that is further from the database's is not believed. */
const CLOCKS_DIFFER_MS = 60_000;
/** Between two looks at an organization of which nothing new is recorded. */
const PAUSE_MS = 10_000;
/** Organizations whose engine stays in memory; of others it is read again. */
const MOST_HELD = 500;

type Held = { engine: Detection; profile: string; cursor: Cursor };
export type Stepped = { moved: boolean; more: boolean };
const still: Stepped = { moved: false, more: false };

@Injectable()
export class DetectionSteps {
  private readonly logger = new Logger('Detection');
  private readonly held = new Map<string, Held>();
  private restedAt = performance.now();
  batch = BATCH;
  /** Of this machine, whatever the rules are told. */
  processTime = (): number => Date.now();

  constructor(
    private readonly tenant: Tenant,
    private readonly clock: Clock,
    private readonly findings: FindingKeeper,
  ) {}

  /** `more`: more is waiting. What fails changes nothing, and is tried from the same place again. */
  async step(organizationId: string): Promise<Stepped> {
    const held = this.held.get(organizationId) ?? null;
    // It is ahead of what is stored until the transaction is committed.
    this.held.delete(organizationId);
    const { next, ...stepped } = await this.tenant.run({ organizationId }, (tx) => this.within(tx, organizationId, held));
    if (next) this.hold(organizationId, next);
    return stepped;
  }

  /** Shown to whoever looks whether detection goes on. Where not even that can be written, the database is away, and says so elsewhere. */
  async noteFailure(organizationId: string, error: unknown): Promise<void> {
    const now = this.clock.now();
    await this.tenant
      .run({ organizationId }, (tx) => noteFailure(tx, organizationId, { message: whyOf(error), now }))
      .catch((again: unknown) => this.logger.warn('That detection fails could not be written down', again));
  }

  /** Whoever is no longer the one who looks must not go on from what it remembers. */
  forget(): void {
    this.held.clear();
  }

  private async within(tx: EntityManager, organizationId: string, held: Held | null): Promise<Stepped & { next: Held | null }> {
    const locked = await lockCursor(tx, organizationId);
    if (locked === null) return { ...still, next: null };
    const head = await lastSequence(tx, organizationId);
    if (locked === 'new') {
      const begun = await beginCursor(tx, organizationId, Math.max(0, head - LEARN_FROM));
      return { moved: begun, more: begun, next: null };
    }
    const now = await this.now(tx);
    const upTo = Math.min(head, locked.sequence + this.batch);
    const { engine, profile, profileId, withoutPeople } = await this.engineAt(tx, organizationId, { cursor: locked, held, now });
    const calls = await readInPieces(tx, { organizationId, after: locked.sequence, upTo, withoutPeople });
    const place = { upTo, advancedUntil: locked.advancedUntil?.getTime() ?? null, now: now.getTime(), isAll: upTo === head };
    const strides = stridesOf(calls, place);
    const found: Finding[] = [];
    for (const stride of strides) found.push(...(await this.take(engine, stride)));
    const areToldAgain = await this.findings.tellAgain(tx, organizationId);
    const areTold = (await this.findings.keep(tx, organizationId, found, now)) && areToldAgain;
    await this.remember(tx, organizationId, engine);
    await recordSteps(
      tx,
      organizationId,
      strides.map(({ through, until }) => ({ through, until: new Date(until), profileId })),
    );
    const last = strides.at(-1);
    const cursor: Cursor = {
      ...{ sequence: upTo, profileId },
      advancedUntil: last ? new Date(last.until) : locked.advancedUntil,
    };
    await moveCursor(tx, organizationId, cursor, nextLook(now, areTold ? engine.wakeAt() : now.getTime()));
    return { moved: upTo > locked.sequence || strides.length > 0, more: upTo < head, next: { engine, profile, cursor } };
  }

  /** Also used by a replay: the same calls and the same times, the same findings. Requests are served in between. */
  async take(engine: Detection, { calls, until }: Stride): Promise<Finding[]> {
    const found: Finding[] = [];
    // Time stood ahead, by a clock that was wrong.
    if (until < engine.until) engine.setBack(until);
    for (const call of calls) {
      await this.rest();
      try {
        found.push(...engine.observe(clamped(toCall(call), until)));
      } catch (error) {
        // One record that nobody thought of must not end the detection of all others; a replay passes over it as well.
        this.logger.error(`A record could not be looked at: ${call.id}`, error instanceof Error ? error.stack : String(error));
      }
    }
    await this.rest();
    found.push(...engine.advance(until));
    return found;
  }

  private async rest(): Promise<void> {
    if (performance.now() - this.restedAt < STRETCH_MS) return;
    await setImmediate();
    this.restedAt = performance.now();
  }

  /** What has changed in its memory, some of it at a time. */
  private async remember(tx: EntityManager, organizationId: string, engine: Detection): Promise<void> {
    let parts = new Map<string, string | null>();
    for (const [part, json] of engine.changes()) {
      parts.set(part, json);
      await this.rest();
      if (parts.size < PARTS_AT_ONCE) continue;
      await writeState(tx, organizationId, parts);
      parts = new Map();
    }
    await writeState(tx, organizationId, parts);
  }

  /** The clock of this process, unless it is ahead of the database's: time that was told too far is hard to take back. */
  private async now(tx: EntityManager): Promise<Date> {
    const [row] = await tx.query<{ now: Date }[]>('select clock_timestamp() as now');
    const ahead = this.processTime() - (row?.now ?? new Date()).getTime();
    return new Date(this.clock.now().getTime() - (ahead > CLOCKS_DIFFER_MS ? ahead : 0));
  }

  private async engineAt(
    tx: EntityManager,
    organizationId: string,
    { cursor, held, now }: { cursor: Cursor; held: Held | null; now: Date },
  ): Promise<{ engine: Detection; profile: string; profileId: string; withoutPeople: boolean }> {
    const document = await profileOf(tx, organizationId, now);
    const profile = canonicalJson(document);
    const withoutPeople = !document.includesPeople;
    const isSame = held !== null && isAt(held.cursor, cursor);
    if (isSame && held.profile === profile && cursor.profileId !== null)
      return { engine: held.engine, profile, profileId: cursor.profileId, withoutPeople };
    const known = isSame
      ? held.profile
      : cursor.profileId && canonicalJson((await readProfile(tx, organizationId, cursor.profileId)) as Json);
    const profileId =
      cursor.profileId !== null && known === profile ? cursor.profileId : await keepProfile(tx, organizationId, document, now);
    return { engine: createDetection(document, await readState(tx, organizationId)), profile, profileId, withoutPeople };
  }

  private hold(organizationId: string, held: Held): void {
    this.held.set(organizationId, held);
    const oldest = this.held.keys().next();
    if (this.held.size > MOST_HELD && !oldest.done) this.held.delete(oldest.value);
  }
}

/** The rows of all pieces, in order. */
async function readInPieces(tx: EntityManager, { after, upTo, ...of }: ReadCalls): Promise<RecordedCall[]> {
  const calls: RecordedCall[] = [];
  for (let at = after; at < upTo; at += READ_AT_ONCE)
    calls.push(...(await readCalls(tx, { ...of, after: at, upTo: Math.min(at + READ_AT_ONCE, upTo) })));
  return calls;
}

/** When time alone is worth a look: not before something can show, and not at every beat of the clock. Nor is what somebody is still to be told of. An organization that nothing can happen to is left alone. */
const nextLook = (now: Date, wakeAt: number | null): Date | null =>
  wakeAt === null ? null : new Date(Math.max(wakeAt, now.getTime() + PAUSE_MS));

/** What is stored is what the engine in memory has seen: nobody has stepped in between. */
const isAt = (held: Cursor, stored: Cursor): boolean =>
  held.sequence === stored.sequence &&
  held.advancedUntil?.getTime() === stored.advancedUntil?.getTime() &&
  held.profileId === stored.profileId;

/** For operators, who are told past the walls: what a statement or the engine said may hold what was recorded, and stays in the log of the process. */
function whyOf(error: unknown): string {
  if (tookTooLong(error)) return 'A statement took longer than it may.';
  if (lostToOthers(error)) return 'It waited too long for what somebody else was changing.';
  return 'Something failed on our side, and the log of the process says what.';
}
