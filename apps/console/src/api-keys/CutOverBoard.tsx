/** After a rotation: who has moved to the new key, who has not, and who still tries with the old one after its end. */
import Button from '@mui/material/Button';
import Skeleton from '@mui/material/Skeleton';
import { useState } from 'react';
import { LinkBase } from 'react-admin';
import type { ApiKey, CutOver } from '../api-types';
import { Chip } from '../elements/Chip';
import { DataTable } from '../elements/DataTable';
import { EmptyState } from '../elements/EmptyState';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';
import { useCan } from '../session/use-session';
import { CallerName, useCutOver } from './CallersNotice';
import { RevokeDialog } from './RevokeDialog';
import { countText } from '../elements/figures';

function standing({ lastOld, moved }: CutOver['callers'][number]) {
  if (lastOld === null) return <Chip tone="redirect">Only on the new key</Chip>;
  return moved ? <Chip tone="success">Has moved</Chip> : <Chip tone="client">Still on the old key</Chip>;
}

function Callers({ board }: { board: CutOver }) {
  return (
    <DataTable label="Callers of both keys">
      <thead>
        <tr>
          <th scope="col">Caller</th>
          <th scope="col">Standing</th>
          <th scope="col" className="number">
            Old key
          </th>
          <th scope="col">Last</th>
          <th scope="col" className="number">
            New key
          </th>
          <th scope="col">Last</th>
        </tr>
      </thead>
      <tbody>
        {board.callers.map((caller) => (
          <tr key={`${caller.network} ${caller.agent}`}>
            <td style={{ width: '50%' }}>
              <CallerName {...caller} />
            </td>
            <td className="fit">{standing(caller)}</td>
            <td className="fit number" data-label="Old key">
              {countText(caller.requests)}
            </td>
            <td className="fit" data-label="Last with the old key">
              <TimeStamp at={caller.lastOld} relative missing="Never" />
            </td>
            <td className="fit number" data-label="New key">
              {countText(caller.requestsNew)}
            </td>
            <td className="fit" data-label="Last with the new key">
              <TimeStamp at={caller.lastNew} relative missing="Never" />
            </td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}

function stillUse({ old, remainingCallers, movedCallers }: CutOver): string {
  const all = remainingCallers + movedCallers;
  if (all === 1) return `The only caller still uses ${old.name}`;
  return `${remainingCallers} of ${all} callers still ${remainingCallers === 1 ? 'uses' : 'use'} ${old.name}`;
}

function Verdict({ board, onRevoke }: { board: CutOver; onRevoke: (() => void) | null }) {
  const { old, movedCallers, remainingCallers, safeToRevoke, complete, asOf, overlapEndsAt } = board;
  const isOver = old.state === 'rotatedOut' || old.state === 'revoked' || old.state === 'expired';
  if (isOver) return null;
  // Who is known to be still on it is still on it, whatever else is not known.
  if (!complete && remainingCallers === 0) {
    return (
      <Notice tone="unknown" style={{ maxWidth: 640 }}>
        <strong>Not known yet whether the old key is still used</strong>
        <p>
          Some records may not be in the log yet
          {asOf !== null && (
            <>
              ; it is complete until <TimeStamp at={asOf} />
            </>
          )}
          . This page asks again by itself. If it stays so, a process hangs, or has died with records of its own: whoever runs PineBill sees
          which.
        </p>
      </Notice>
    );
  }
  const end = overlapEndsAt !== null && (
    <>
      {' '}
      The old key works until <TimeStamp at={overlapEndsAt} />.
    </>
  );
  return (
    <Notice tone={safeToRevoke ? 'success' : 'client'} style={{ maxWidth: 640 }}>
      <strong>{safeToRevoke ? `${old.name} is safe to revoke` : stillUse(board)}</strong>
      <p>
        {safeToRevoke
          ? movedCallers > 0
            ? 'Everybody who used it was seen on the new key since.'
            : 'Nobody used it in the last days.'
          : 'Revoked now, it would break them. Give them the new key first.'}
        {end}
      </p>
      {onRevoke && (
        <div>
          <Button size="small" variant={safeToRevoke ? 'contained' : 'outlined'} color="error" onClick={onRevoke}>
            Revoke the old key…
          </Button>
        </div>
      )}
    </Notice>
  );
}

function LateUseNotice({ board }: { board: CutOver }) {
  const { old, lateUse } = board;
  if (!lateUse) return null;
  return (
    <Notice tone="server" style={{ maxWidth: 640 }}>
      <strong>Somebody still tries with {old.name}</strong>
      <p>
        {countText(lateUse.requests)} {lateUse.requests === 1 ? 'call was' : 'calls were'} refused since it ended, the last{' '}
        <TimeStamp at={lateUse.lastAt} relative />. Update these programs; if you do not know them, the key may have leaked.
      </p>
      <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>
        {lateUse.callers.slice(0, 5).map((caller) => (
          <li key={`${caller.network} ${caller.agent}`}>
            <CallerName {...caller} />: {countText(caller.requests)}, last <TimeStamp at={caller.lastAt} relative />
          </li>
        ))}
      </ul>
    </Notice>
  );
}

export function CutOverBoard({ apiKey }: { apiKey: ApiKey }) {
  const { data: board, error, refetch } = useCutOver(apiKey.id);
  const [revoking, setRevoking] = useState(false);
  const mayRevoke = useCan('keys:write');
  return (
    <Part>
      <h2>Cut-over</h2>
      {board?.new && (
        <p>
          From <LinkBase to={`/api-keys/${board.old.id}/show`}>{board.old.name}</LinkBase> to{' '}
          <LinkBase to={`/api-keys/${board.new.id}/show`}>{board.new.name}</LinkBase>, made <TimeStamp at={board.rotatedAt} relative />.
          Callers since <TimeStamp at={board.from} />.
        </p>
      )}
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {!board && !error && <Skeleton width="60%" height={12} />}
      {board && (
        <div style={{ display: 'grid', gap: 16 }}>
          <LateUseNotice board={board} />
          <Verdict board={board} onRevoke={mayRevoke ? () => setRevoking(true) : null} />
          {board.callers.length > 0 ? (
            <Callers board={board} />
          ) : (
            <EmptyState title="No caller on either key">Nothing was called with them in this time. There is nobody to move.</EmptyState>
          )}
        </div>
      )}
      {revoking && board && <RevokeDialog apiKey={board.old} onClose={() => setRevoking(false)} />}
    </Part>
  );
}
