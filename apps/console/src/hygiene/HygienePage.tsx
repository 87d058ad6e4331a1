/** Every key that needs somebody, in one list of sections that is worked off from top to bottom. What is dealt with is gone from it. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-admin';
import type { HygieneView } from '../api-types';
import { RevokeDialog } from '../api-keys/RevokeDialog';
import { RotateDialog } from '../api-keys/RotateDialog';
import { EmptyState } from '../elements/EmptyState';
import { ProblemView } from '../elements/ProblemView';
import { Page, PageSkeleton, Part } from '../layout/Page';
import { SetOwnerDialog } from '../services-and-teams/OwnerDialogs';
import { useCan } from '../session/use-session';
import { BulkRevokeDialog } from './BulkRevokeDialog';
import { HygieneItems, type Doing, type Selection } from './HygieneItems';
import { useHygiene } from './use-hygiene';

const mostAtOnce = 100;
const Count = styled('small')(({ theme }) => ({ fontSize: 13, fontWeight: 500, color: theme.palette.tone.muted }));
const Bar = styled('div')(({ theme }) => ({
  position: 'sticky',
  bottom: 12,
  zIndex: 2,
  display: 'flex',
  flexWrap: 'wrap',
  alignItems: 'center',
  gap: 8,
  marginTop: 20,
  padding: '8px 12px',
  border: `1px solid ${theme.palette.tone.strongLine}`,
  borderRadius: 8,
  background: theme.palette.tone.raised,
  fontSize: 13,
  '& > span': { flex: '1 1 160px' },
}));
const Tidy = styled('p')(({ theme }) => ({ margin: '28px 0 0', fontSize: 13, color: theme.palette.tone.secondary }));

function useSelection(view: HygieneView): Selection & { clear: () => void } {
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const there = new Set(view.sections.flatMap(({ items }) => items.map(({ key }) => key.id)));
  // Of what has been dealt with meanwhile, here or by somebody else, nothing is left to select.
  const ids = new Set([...chosen].filter((id) => there.has(id)));
  const toggle = (id: string): void => setChosen(ids.has(id) ? new Set([...ids].filter((one) => one !== id)) : new Set([...ids, id]));
  return { ids, toggle, clear: () => setChosen(new Set()) };
}

function AllTidy({ keys }: { keys: number }) {
  const navigate = useNavigate();
  const mayCreate = useCan('keys:write');
  if (keys > 0) {
    return (
      <EmptyState title="Every key is in order" action={<Button variant="outlined" onClick={() => navigate('/api-keys')}>All keys</Button>}>
        {keys === 1 ? 'The one key is' : `All ${keys} keys are`} young enough, in use, each by one service, and it is known by which. Well kept: there is nothing
        to do here.
      </EmptyState>
    ); // prettier-ignore
  }
  return (
    <EmptyState
      title="No API key yet"
      action={mayCreate && <Button variant="contained" onClick={() => navigate('/api-keys/create')}>Create key</Button>}
    >
      As soon as there are keys, those that are due for rotation, unused or without an owner stand here.
    </EmptyState>
  ); // prettier-ignore
}

function Worklist({ view }: { view: HygieneView }) {
  const selection = useSelection(view);
  const queryClient = useQueryClient();
  const [doing, setDoing] = useState<Doing | 'bulk' | null>(null);
  const open = view.sections.filter(({ count }) => count > 0);
  const tidy = view.sections.filter(({ count }) => count === 0);
  const close = (): void => {
    setDoing(null);
    void queryClient.invalidateQueries({ queryKey: ['hygiene'] });
  };
  const tooMany = selection.ids.size > mostAtOnce;
  return (
    <>
      {open.map((section) => (
        <Part key={section.kind}>
          <h2>
            {section.title} <Count>{section.count === 1 ? '1 key' : `${section.count} keys`}</Count>
          </h2>
          <p>
            {section.rule} {section.items[0]?.advice}
          </p>
          <HygieneItems section={section} selection={selection} onDo={setDoing} />
          {section.items.length < section.count && (
            <p>The first {section.items.length} are shown; the others follow as these are dealt with.</p>
          )}
        </Part>
      ))}
      {tidy.length > 0 && <Tidy>In order: {tidy.map(({ title }) => title.toLowerCase()).join(', ')}. No key is in any of these.</Tidy>}
      {selection.ids.size > 0 && (
        <Bar role="region" aria-label="Selected keys">
          <span role="status">
            {selection.ids.size === 1 ? '1 key selected' : `${selection.ids.size} keys selected`}
            {tooMany && `; ${mostAtOnce} at most are revoked at once`}
          </span>
          <Button onClick={selection.clear}>Clear</Button>
          <Button variant="contained" color="error" disabled={tooMany} onClick={() => setDoing('bulk')}>
            Revoke selected…
          </Button>
        </Bar>
      )}
      {doing === 'bulk' && (
        <BulkRevokeDialog
          ids={[...selection.ids]}
          onClose={() => setDoing(null)}
          onRevoked={() => {
            selection.clear();
            close();
          }}
        />
      )}
      {doing !== null && doing !== 'bulk' && doing.what === 'rotate' && <RotateDialog apiKey={doing.apiKey} onClose={close} />}
      {doing !== null && doing !== 'bulk' && doing.what === 'revoke' && <RevokeDialog apiKey={doing.apiKey} onClose={close} />}
      {doing !== null && doing !== 'bulk' && doing.what === 'setOwner' && (
        <SetOwnerDialog apiKey={doing.apiKey} onClose={() => setDoing(null)} />
      )}
    </>
  );
}

export function HygienePage() {
  const { data, error, refetch } = useHygiene();
  const navigate = useNavigate();
  const mayAct = useCan('keys:write');
  if (!data && !error) return <PageSkeleton />;
  return (
    <Page
      title="Hygiene"
      lead={
        data && data.toDo > 0
          ? `${data.toDo} of ${data.keys} keys need somebody. Work the list off from top to bottom; what is dealt with disappears.`
          : 'Which keys need somebody: what is due, what nobody uses, and whose it is.'
      }
      actions={
        <Button variant="outlined" onClick={() => navigate('/api-keys/hygiene/owners')}>
          Services and teams
        </Button>
      }
    >
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {data && (data.toDo === 0 ? <AllTidy keys={data.keys} /> : <Worklist view={data} />)}
      {data && mayAct && (
        <Tidy>
          Rotation after {data.policies.rotationDays} days, idle after {data.policies.idleDays}, expiring {data.policies.expiringDays} days
          ahead.{' '}
          <Button size="small" onClick={() => navigate('/settings')}>
            Change in Settings
          </Button>
        </Tidy>
      )}
    </Page>
  );
}
