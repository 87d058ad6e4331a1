/** One export: how far it is, what can be downloaded, what it says of itself, and how somebody else checks it. */
import Download from '@mui/icons-material/DownloadRounded';
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useState } from 'react';
import { LinkBase, useDataProvider } from 'react-admin';
import type { ExportDelivery, ExportView } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { Chip } from '../elements/Chip';
import { FactList } from '../elements/FactList';
import { CodeBlock, Mono, MonoText } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { SidePanel } from '../elements/SidePanel';
import { TimeStamp } from '../elements/TimeStamp';
import { countText, numberOf, sizeText } from '../elements/figures';
import {
  deliveryWords,
  destinationWords,
  downloadPath,
  filterLines,
  formatWords,
  isOpen,
  sourceWords,
  stateOf,
  timeLeft,
} from './export-words';
import { ProgressBar } from './ProgressBar';

const Files = styled('ul')(({ theme }) => ({
  listStyle: 'none',
  margin: '8px 0 0',
  padding: 0,
  '& > li': { padding: '8px 0', borderTop: `1px solid ${theme.palette.tone.line}`, fontSize: 13, lineHeight: '20px' },
  '& small': { display: 'block', color: theme.palette.tone.muted, fontSize: 12, overflowWrap: 'anywhere' },
}));
const Buttons = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: 8 });
const Hint = styled('p')(({ theme }) => ({ margin: '0 0 8px', fontSize: 13, lineHeight: '20px', color: theme.palette.tone.secondary }));

/** What the manifest says that whoever relies on it must know. */
type ManifestFile = {
  name: string;
  firstSequence?: number | null;
  lastSequence?: number | null;
  contiguous?: boolean | null;
  hidden?: string | null;
  recordedGaps?: { records: number; missingAtMost: number };
  retention?: { cutsPeriod: boolean; missingSequences: { from: number; to: number } | null; recordedLate?: number };
};
type Manifest = { files: ManifestFile[]; signature: { keyId: string; keyFingerprint: string } };

function remarks({ files }: Manifest): string[] {
  return files.flatMap(({ contiguous, hidden, recordedGaps, retention }) => [
    ...(contiguous === true ? ['No number of the sequence is missing between the first and the last.'] : []),
    ...(retention?.cutsPeriod && retention.missingSequences
      ? [
          `Sequence ${countText(retention.missingSequences.from)} to ${countText(retention.missingSequences.to)} had passed out of retention and is not in it.`,
        ]
      : []),
    ...(retention?.cutsPeriod && retention.recordedLate
      ? [`Not in it: ${numberOf(retention.recordedLate, 'record')} that came late and had passed out of retention.`]
      : []),
    ...(recordedGaps && recordedGaps.records > 0
      ? [
          `${numberOf(recordedGaps.records, 'record')} in it say that requests could not be recorded: ${countText(recordedGaps.missingAtMost)} at the most.`,
        ]
      : []),
    ...(hidden ? [`Left out: ${hidden}.`] : []),
  ]);
}

function Progress({ shown }: { shown: ExportView }) {
  const left = timeLeft(shown, new Date());
  const of = shown.expectedRows === null ? '' : ` of ${countText(shown.expectedRows)}`;
  return (
    <section>
      <ProgressBar share={shown.progress} label="Progress of the export" />
      <Hint style={{ marginTop: 8 }} role="status">
        {shown.state === 'queued' ? 'It waits for its turn.' : `${countText(shown.rows)}${of} rows${left === null ? '' : `, ${left}`}.`} You
        may leave this page: the work goes on.
      </Hint>
    </section>
  );
}

function Downloads({ shown }: { shown: ExportView }) {
  const several = shown.files.length > 1;
  return (
    <section>
      <Buttons>
        <Button variant="contained" startIcon={<Download />} component="a" href={downloadPath(shown.id)} download>
          {several ? 'Download all' : 'Download'}
        </Button>
        {!several && (
          <Button variant="outlined" component="a" href={downloadPath(shown.id, 'bundle')} download>
            With manifest (.tar)
          </Button>
        )}
        <Button variant="outlined" component="a" href={downloadPath(shown.id, 'manifest')} download>
          Manifest
        </Button>
      </Buttons>
      <Files aria-label="Files">
        {shown.files.map(({ name, rows, bytes, sha256 }) => (
          <li key={name}>
            {several ? (
              <a href={downloadPath(shown.id, name)} download>
                <MonoText>{name}</MonoText>
              </a>
            ) : (
              <MonoText>{name}</MonoText>
            )}
            <small>
              {numberOf(rows, 'row')}, {sizeText(bytes)}
            </small>
            <small>SHA-256 {sha256}</small>
          </li>
        ))}
      </Files>
      {shown.expiresAt !== null && (
        <Hint style={{ marginTop: 8 }}>
          Kept until <TimeStamp at={shown.expiresAt} />. Every download is in the activity.
        </Hint>
      )}
    </section>
  );
}

function Verify({ shown, manifest }: { shown: ExportView; manifest: Manifest }) {
  return (
    <section>
      <h3>Check it</h3>
      <Hint>
        The manifest is signed. Whoever receives the export checks it without an account: no database, no network. The public key is at{' '}
        <a href="/v1/exports/signing-keys">/v1/exports/signing-keys</a>.
      </Hint>
      <CodeBlock label="the command" wrap code={`node verify-export.mjs --key public-key.pem ${shown.id}.tar`} />
      <Hint style={{ marginTop: 8 }}>By hand, one file at a time:</Hint>
      <CodeBlock
        label="the sums"
        wrap
        code={shown.files.map(({ name, sha256 }) => `echo "${sha256}  ${name}" | sha256sum -c`).join('\n')}
      />
      <FactList facts={[{ label: 'Key', value: <Mono copyLabel="Copy the fingerprint">{manifest.signature.keyFingerprint}</Mono> }]} />
    </section>
  );
}

function Trouble({ shown, onAgain }: { shown: ExportView; onAgain: () => void }) {
  const cancelled = shown.failure?.code === 'cancelled';
  return (
    <section>
      <Notice tone={shown.state === 'failed' && !cancelled ? 'server' : 'unknown'}>
        <strong>{shown.state === 'expired' ? 'Its files are deleted' : cancelled ? 'It was cancelled' : 'It failed'}</strong>
        <p>
          {shown.state === 'expired'
            ? 'Files are kept for 7 days (those of a schedule: as many exports as it keeps), or until somebody deletes them. The manifest stays, as evidence of what there was.'
            : `${shown.failure?.detail ?? ''} Nothing of it is kept: an export is complete, or there is none.`}
        </p>
        <div>
          <Button variant="contained" onClick={onAgain}>
            Export it again
          </Button>
          {shown.state === 'expired' && shown.manifest !== null && (
            <Button variant="outlined" component="a" href={downloadPath(shown.id, 'manifest')} download>
              Manifest
            </Button>
          )}
        </div>
      </Notice>
    </section>
  );
}

function Facts({ shown, manifest }: { shown: ExportView; manifest: Manifest | null }) {
  const [file] = manifest?.files ?? [];
  const sequence = file?.firstSequence ? `${countText(file.firstSequence)} to ${countText(file.lastSequence ?? 0)}` : null;
  const lines = filterLines(shown.filter);
  return (
    <section>
      <h3>What is in it</h3>
      <FactList
        facts={[
          { label: 'What', value: sourceWords[shown.source] },
          { label: 'Format', value: `${formatWords[shown.format]}${shown.gzip ? ', gzip' : ''}` },
          ...(lines.length > 0 ? lines : [{ label: 'Filter', value: 'None: everything that is kept' }]),
          { label: 'Columns', value: shown.columns === null ? null : shown.columns.join(', ') },
          { label: 'Sequence', value: sequence },
          { label: 'Asked by', value: shown.createdBy.name },
          { label: 'Asked at', value: <TimeStamp at={shown.createdAt} /> },
          { label: 'Export', value: <Mono copyLabel="Copy the id of the export">{shown.id}</Mono> },
        ]}
      />
      {manifest && remarks(manifest).map((text) => <Hint key={text}>{text}</Hint>)}
    </section>
  );
}

/** Where its schedule delivers it to: how that went, and what to do when it did not. */
function Delivery({ id, delivery, onChanged }: { id: string; delivery: ExportDelivery; onChanged: () => void }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const { text, tone } = deliveryWords(delivery);
  const again = async (): Promise<void> => {
    setState({ busy: true, error: null });
    const error: unknown = await dataProvider.deliverExport(id).then(() => null, (problem: unknown) => problem); // prettier-ignore
    setState({ busy: false, error });
    onChanged();
  };
  return (
    <section>
      <h3>Delivery</h3>
      {state.error !== null && <ProblemView error={state.error} />}
      <FactList
        facts={[
          { label: 'State', value: <Chip tone={tone}>{text}</Chip> },
          { label: 'To', value: destinationWords[delivery.destination] },
          { label: 'Where', value: delivery.location && <Mono copyLabel="Copy where it is">{delivery.location}</Mono> },
          { label: 'Delivered', value: delivery.deliveredAt && <TimeStamp at={delivery.deliveredAt} /> },
          { label: 'Failed', value: delivery.failures > 0 ? numberOf(delivery.failures, 'time') : null },
          { label: 'Tried again', value: delivery.nextAttemptAt && <TimeStamp at={delivery.nextAttemptAt} /> },
        ]}
      />
      {delivery.failure && <Hint>{delivery.failure.detail}</Hint>}
      {(delivery.state === 'failed' || (delivery.state === 'waiting' && delivery.failures > 0)) && (
        <Buttons>
          <Button variant="outlined" disabled={state.busy} onClick={() => void again()}>
            {state.busy ? 'Asking…' : 'Deliver now'}
          </Button>
        </Buttons>
      )}
    </section>
  );
}

type Props = { shown: ExportView; onChanged: () => void; onClose: () => void; onRemove: () => void; onAgain: () => void };

export function ExportPanel({ shown, onChanged, onClose, onRemove, onAgain }: Props) {
  const manifest = shown.manifest as Manifest | null; // what the API signed, written by exports/manifest.ts
  const { text, tone } = stateOf(shown);
  return (
    <SidePanel
      label="Export"
      title={`${sourceWords[shown.source]}, ${formatWords[shown.format]}`}
      onClose={onClose}
      actions={<Chip tone={tone}>{text}</Chip>}
    >
      {isOpen(shown) && <Progress shown={shown} />}
      {shown.state === 'ready' && <Downloads shown={shown} />}
      {(shown.state === 'failed' || shown.state === 'expired') && <Trouble shown={shown} onAgain={onAgain} />}
      {shown.delivery && <Delivery id={shown.id} delivery={shown.delivery} onChanged={onChanged} />}
      <Facts shown={shown} manifest={manifest} />
      {shown.state === 'ready' && manifest && <Verify shown={shown} manifest={manifest} />}
      <section>
        <Buttons>
          {(isOpen(shown) || shown.state === 'ready') && (
            <Button variant="outlined" color="error" onClick={onRemove}>
              {isOpen(shown) ? 'Cancel export…' : 'Delete files…'}
            </Button>
          )}
          <Button variant="outlined" component={LinkBase} to={`/activity?targetId=${shown.id}`}>
            Who downloaded it
          </Button>
        </Buttons>
      </section>
    </SidePanel>
  );
}
