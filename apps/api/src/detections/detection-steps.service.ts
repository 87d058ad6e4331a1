/**
 * One step of the detection of one organization: the new records go to the engine in their order, and what it says, what it remembers, how far it has come and
 * the step itself are stored in one transaction. So whatever is killed, and whenever, goes on where the last transaction ended, and finds the same (ADR 0030).
 */
import { setImmediate } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { canonicalJson, type Json } from '@pinebill/contract';
import { createDetection, type Detection, type Finding } from '@pinebill/detection';
import { lastSequence, readCalls } from '@pinebill/nestjs-audit';
import type { EntityManager } from 'typeorm';
import { Tenant } from '../database/tenant';
import { Clock } from '../platform/clock';
import { clamped, stridesOf, toCall, type Stride } from './calls-of-log';
import { profileOf } from './detection-profile';
import {
  beginCursor,
  keepProfile,
  lockCursor,
  moveCursor,
  readProfile,
  readState,
  recordSteps,
  writeState,
  type Cursor,
} from './detection-state.queries';
import { FindingKeeper } from './finding-keeper';

/** Numbers of the log that one transaction looks at. */
const BATCH = 2_000;
/** Of an organization that has a log already when detection first looks at it: so much of it is learnt from. */
const LEARN_FROM = 200_000;
/** Calls that are looked at before whatever else this process has to do has its turn: a few milliseconds. */
const AT_A_STRETCH = 100;
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
  batch = BATCH;

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
    const now = this.clock.now();
    const upTo = Math.min(head, locked.sequence + this.batch);
    const { engine, profile, profileId } = await this.engineAt(tx, organizationId, { cursor: locked, held, now });
    const calls = upTo > locked.sequence ? await readCalls(tx, { organizationId, after: locked.sequence, upTo, withoutPeople: true }) : [];
    const place = { upTo, advancedUntil: locked.advancedUntil?.getTime() ?? null, now: now.getTime(), isAll: upTo === head };
    const strides = stridesOf(calls, place);
    const found: Finding[] = [];
    for (const stride of strides) found.push(...(await this.take(engine, stride)));
    await this.findings.keep(tx, organizationId, found, now);
    await writeState(tx, organizationId, engine.snapshot());
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
    await moveCursor(tx, organizationId, cursor, nextLook(now, engine.wakeAt()));
    return { moved: upTo > locked.sequence || strides.length > 0, more: upTo < head, next: { engine, profile, cursor } };
  }

  /** Also used by a replay: the same calls and the same times, the same findings. Requests are served in between. */
  async take(engine: Detection, { calls, until }: Stride): Promise<Finding[]> {
    const found: Finding[] = [];
    for (const [index, call] of calls.entries()) {
      if (index % AT_A_STRETCH === AT_A_STRETCH - 1) await setImmediate();
      try {
        found.push(...engine.observe(clamped(toCall(call), until)));
      } catch (error) {
        // One record that nobody thought of must not end the detection of all others; a replay passes over it as well.
        this.logger.error(`A record could not be looked at: ${call.id}`, error instanceof Error ? error.stack : String(error));
      }
    }
    found.push(...engine.advance(until));
    return found;
  }

  private async engineAt(
    tx: EntityManager,
    organizationId: string,
    { cursor, held, now }: { cursor: Cursor; held: Held | null; now: Date },
  ): Promise<{ engine: Detection; profile: string; profileId: string }> {
    const document = await profileOf(tx, organizationId, now);
    const profile = canonicalJson(document);
    const isSame = held !== null && isAt(held.cursor, cursor);
    if (isSame && held.profile === profile && cursor.profileId !== null)
      return { engine: held.engine, profile, profileId: cursor.profileId };
    const known = isSame
      ? held.profile
      : cursor.profileId && canonicalJson((await readProfile(tx, organizationId, cursor.profileId)) as Json);
    const profileId =
      cursor.profileId !== null && known === profile ? cursor.profileId : await keepProfile(tx, organizationId, document, now);
    return { engine: createDetection(document, await readState(tx, organizationId)), profile, profileId };
  }

  private hold(organizationId: string, held: Held): void {
    this.held.set(organizationId, held);
    const oldest = this.held.keys().next();
    if (this.held.size > MOST_HELD && !oldest.done) this.held.delete(oldest.value);
  }
}

/** When time alone is worth a look: not before something can show, and not at every beat of the clock. An organization that nothing can happen to is left alone. */
const nextLook = (now: Date, wakeAt: number | null): Date | null =>
  wakeAt === null ? null : new Date(Math.max(wakeAt, now.getTime() + PAUSE_MS));

/** What is stored is what the engine in memory has seen: nobody has stepped in between. */
const isAt = (held: Cursor, stored: Cursor): boolean =>
  held.sequence === stored.sequence &&
  held.advancedUntil?.getTime() === stored.advancedUntil?.getTime() &&
  held.profileId === stored.profileId;
