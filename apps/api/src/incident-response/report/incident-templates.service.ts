/** The template of an organization: read, changed, looked at with an incident that never was. */
import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { Activity } from '../../activity';
import { Tenant } from '../../database/tenant';
import type { Actor } from '../../platform/actor';
import { Clock } from '../../platform/clock';
import { invalidFields } from '../../platform/validation';
import { personOf } from '../incident-view';
import type { IncidentTemplate, IncidentTemplatePreview, PreviewIncidentTemplate, SetIncidentTemplate } from './incident-template.dto';
import { renderMarkdown } from './render-markdown';
import { signedManifest } from './report-manifest';
import { blockNames, documentOf, faultOf, standardTemplate, valueNames } from './report-template';
import { sampleReport } from './sample-report';

type Row = { text: string; changed_at: Date; changed_by: string | null; changed_by_name: string };

/** Null: the standard one. */
export async function templateOf(tx: EntityManager, { organizationId }: { organizationId: string }): Promise<Row | null> {
  const [row] = await tx.query<Row[]>(
    'select text, changed_at, changed_by, changed_by_name from incident_template where organization_id = $1',
    [organizationId],
  );
  return row ?? null;
}

@Injectable()
export class IncidentTemplates {
  constructor(
    private readonly tenant: Tenant,
    private readonly activity: Activity,
    private readonly clock: Clock,
  ) {}

  get(actor: Actor): Promise<IncidentTemplate> {
    return this.tenant.run(actor, async (tx) => toView(await templateOf(tx, actor)));
  }

  set(actor: Actor, { text }: SetIncidentTemplate): Promise<IncidentTemplate> {
    if (text !== null) requireUsable(text);
    return this.tenant.run(actor, async (tx) => {
      const { organizationId } = actor;
      // Two changes at once come one after the other, so that each entry says what was before it.
      const [organization] = await tx.query<{ name: string }[]>('select name from organization where id = $1 for no key update', [organizationId]); // prettier-ignore
      const before = await templateOf(tx, actor);
      if ((before?.text ?? null) === text) return toView(before);
      if (text === null) await tx.query('delete from incident_template where organization_id = $1', [organizationId]);
      else
        await tx.query(
          `insert into incident_template (organization_id, text, changed_at, changed_by, changed_by_name) values ($1, $2, $3, $4, $5)
           on conflict (organization_id) do update set text = $2, changed_at = $3, changed_by = $4, changed_by_name = $5`,
          [organizationId, text, this.clock.now(), actor.id, actor.name],
        );
      const target = { type: 'organization', id: organizationId, name: organization?.name ?? '' } as const;
      await this.activity.record(tx, { actor, action: 'incident_template.changed', target, before: { text: before?.text ?? null }, after: { text } }); // prettier-ignore
      return toView(await templateOf(tx, actor));
    });
  }

  /** The sums are right, and signed by nobody. */
  preview({ text }: PreviewIncidentTemplate): IncidentTemplatePreview {
    requireUsable(text);
    const key = { id: '0'.repeat(16), fingerprint: '0'.repeat(64), publicKey: '' };
    const signed = signedManifest(sampleReport, { kind: 'pinebill-incident-report', key, sign: () => Buffer.alloc(64) });
    return { markdown: renderMarkdown(documentOf(text, { report: sampleReport, signed })) };
  }
}

/** Throws `invalid_field`. */
function requireUsable(text: string): void {
  const fault = faultOf(text);
  if (fault !== null) throw invalidFields([{ pointer: '/text', rule: 'placeholder', expected: fault }]);
}

const toView = (row: Row | null): IncidentTemplate => ({
  text: row?.text ?? standardTemplate,
  standard: row === null,
  standardText: standardTemplate,
  placeholders: [
    ...valueNames.map((name) => ({ name, kind: 'text' as const })),
    ...blockNames.map((name) => ({ name, kind: 'block' as const })),
  ],
  changedAt: row?.changed_at.toISOString() ?? null,
  changedBy: row && personOf({ id: row.changed_by, name: row.changed_by_name }),
});
