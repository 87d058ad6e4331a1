/** Legal holds: what must stay whatever retention says, who wanted that, and why. */
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { LinkBase, useInfiniteGetList, useLocation, useNavigate } from 'react-admin';
import type { HoldView } from '../api-types';
import { readQuery } from '../audit-logs/log-query';
import { HOLD } from '../audit-logs/HoldButton';
import { Chip } from '../elements/Chip';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { FormDialog } from '../elements/FormDialog';
import { Hidden } from '../elements/Hidden';
import { MonoText } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';
import { useCan } from '../session/use-session';
import { filterText } from './filter-text';
import { NewHold } from './NewHold';
import { useRetentionCalls } from './retention-calls';

const PAGE = { page: 1, perPage: 20 };
const words: Record<HoldView['state'], { tone: 'success' | 'unknown'; text: string }> = {
  active: { tone: 'success', text: 'Holds' },
  ended: { tone: 'unknown', text: 'Over' },
  released: { tone: 'unknown', text: 'Released' },
};

function Until({ until, releasedAt, releasedBy, releaseReason }: HoldView) {
  if (releasedAt)
    return (
      <>
        <TimeStamp at={releasedAt} /> by {releasedBy?.name}: {releaseReason}
      </>
    );
  return until ? <TimeStamp at={until} /> : <>It is released</>;
}

export function Holds() {
  const mayHold = useCan('holds:write');
  const queryClient = useQueryClient();
  const [making, setMaking] = useState(false);
  const [releasing, setReleasing] = useState<HoldView | null>(null);
  const list = useInfiniteGetList<HoldView>('holds', { pagination: PAGE }, { retry: false });
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? [];
  const close = (): void => {
    setMaking(false);
    setReleasing(null);
    void queryClient.invalidateQueries({ queryKey: ['holds'] });
  };
  return (
    <Part>
      <h2>Legal holds</h2>
      <p>
        What a hold describes is not purged as long as it lasts. It is not shown for longer by that: a record that the plan no longer shows
        is kept, and comes back with a plan that shows it; it is in no figure then, for counters are not held. Incidents hold their records
        by themselves, until the hold on them is released.
      </p>
      {list.error && <ProblemView error={list.error} retry={() => void list.refetch()} />}
      {!list.isPending && !list.error && rows.length === 0 && <p>Nothing is held.</p>}
      {(list.isPending || rows.length > 0) && (
        <DataTable label="Legal holds">
          <thead>
            <tr>
              {['Why', 'Records', 'Made', 'Until', 'State'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
              <th scope="col">
                <Hidden>Actions</Hidden>
              </th>
            </tr>
          </thead>
          {list.isPending ? (
            <SkeletonRows rows={2} columns={[200, 160, [164, 'fit'], 160, [60, 'fit'], [60, 'fit']]} />
          ) : (
            <tbody>
              {rows.map((hold) => (
                <tr key={hold.id}>
                  <td className="wrap" style={{ width: '34%' }}>
                    {hold.reason}
                  </td>
                  <td className="wrap" style={{ width: '33%' }} data-label="Records">
                    <MonoText>{filterText(hold.filter)}</MonoText>
                  </td>
                  <td className="fit" data-label="Made">
                    <span>
                      <TimeStamp at={hold.createdAt} relative /> by {hold.createdBy.name}
                    </span>
                  </td>
                  <td className="wrap" style={{ width: '33%' }} data-label="Until">
                    <span>
                      <Until {...hold} />
                    </span>
                  </td>
                  <td className="fit" data-label="State">
                    <Chip tone={words[hold.state].tone}>{words[hold.state].text}</Chip>
                  </td>
                  <td className="fit">
                    {mayHold && hold.state === 'active' && (
                      <Button size="small" onClick={() => setReleasing(hold)}>
                        Release…
                      </Button>
                    )}
                  </td>
                </tr>
              ))}
            </tbody>
          )}
        </DataTable>
      )}
      <div style={{ display: 'flex', flexWrap: 'wrap', gap: 8, marginTop: 14 }}>
        {mayHold && (
          <Button variant="outlined" onClick={() => setMaking(true)}>
            Hold records…
          </Button>
        )}
        {list.hasNextPage && <Button onClick={() => void list.fetchNextPage()}>Show older holds</Button>}
        <Button component={LinkBase} to="/incidents">
          Holds of incidents
        </Button>
      </div>
      {making && <NewHold query={null} onClose={close} />}
      {mayHold && <FromLog onClose={close} />}
      {releasing && <Release hold={releasing} onClose={close} />}
    </Part>
  );
}

/** Whoever comes from the log has its filter in the address. */
function FromLog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const { search } = useLocation();
  if (!new URLSearchParams(search).has(HOLD)) return null;
  const close = (): void => {
    navigate('/plan', { replace: true });
    onClose();
  };
  return <NewHold query={readQuery(search)} onClose={close} />;
}

function Release({ hold, onClose }: { hold: HoldView; onClose: () => void }) {
  const calls = useRetentionCalls();
  const [reason, setReason] = useState('');
  return (
    <FormDialog
      title="Release the hold"
      action="Release"
      busy="Releasing…"
      disabled={reason.trim() === ''}
      onSubmit={async () => {
        await calls.release(hold.id, reason.trim());
        onClose();
      }}
      onClose={onClose}
    >
      <p style={{ margin: 0 }}>
        The next purge may take what was held for “{hold.reason}” and nothing else holds. A hold cannot be taken up again; a new one holds
        what is there then.
      </p>
      <TextField label="Why" value={reason} onChange={({ target }) => setReason(target.value)} autoFocus required multiline />
    </FormDialog>
  );
}
