/** Who used the key before: each line ticks itself once it is seen with the new key. Who still tries the old one is refused, and shown. */
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import IconButton from '@mui/material/IconButton';
import More from '@mui/icons-material/MoreHorizRounded';
import Skeleton from '@mui/material/Skeleton';
import TextField from '@mui/material/TextField';
import { useState, type ReactNode } from 'react';
import { LinkBase } from 'react-admin';
import type { ChangeService, Incident, IncidentService } from '../api-types';
import { ActionMenu } from '../elements/ActionMenu';
import { Chip } from '../elements/Chip';
import { EmptyState } from '../elements/EmptyState';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Row } from '../layout/Page';
import type { StatusTone } from '../theme';
import { useIncidentCalls, useIncidentChanged } from './incident-calls';
import { useServices } from './incident-lists';
import { number, numbered } from './incident-words';
import { escaped, rowsLink } from './live';
import { StepFrame } from './StepFrame';
import { TextDialog } from './TextDialog';
import { useDeed } from './use-deed';

const states: Record<IncidentService['state'], { label: string; tone: StatusTone }> = {
  waiting: { label: 'Still on the old key', tone: 'client' },
  moved: { label: 'Moved', tone: 'success' },
  done: { label: 'Done', tone: 'success' },
  notNeeded: { label: 'Not needed', tone: 'unknown' },
  suspect: { label: 'Suspect', tone: 'server' },
};

const Lines = styled('ul')(({ theme }) => ({
  listStyle: 'none',
  margin: 0,
  padding: 0,
  borderTop: `1px solid ${theme.palette.tone.line}`,
  fontSize: 13,
  lineHeight: '20px',
  '& > li': {
    display: 'grid',
    gridTemplateColumns: 'minmax(0, 1fr) auto auto',
    gap: '2px 10px',
    alignItems: 'start',
    padding: '10px 0 10px 4px',
    borderBottom: `1px solid ${theme.palette.tone.line}`,
  },
  '& b': { fontWeight: 500, overflowWrap: 'anywhere' },
  '& small': { display: 'block', fontSize: 12, lineHeight: '18px', color: theme.palette.tone.muted, overflowWrap: 'anywhere' },
  '& small[data-refused]': { color: theme.palette.tone.status.server.text },
  '@media (max-width: 640px)': { '& > li': { gridTemplateColumns: 'minmax(0, 1fr) auto' }, '& > li > span': { gridRow: 2 } },
}));

const refusedLink = ({ apiKey, network }: IncidentService): string | null =>
  apiKey && network ? rowsLink({ apiKeyId: apiKey.id, ip: escaped(network), status: '401,403' }) : null;

/** What is known of it, the worst first. */
function Facts({ caller }: { caller: IncidentService }): ReactNode {
  const { apiKey, lastOldAt, movedAt, movedTo, refusedRequests, lastRefusedAt, notNeededBecause, comment, service, source } = caller;
  const link = refusedLink(caller);
  const refused = numbered(refusedRequests, 'request');
  return (
    <>
      {refusedRequests > 0 && (
        <small data-refused>
          {link ? (
            <LinkBase to={link} style={{ color: 'inherit' }}>
              {refused}
            </LinkBase>
          ) : (
            refused
          )}{' '}
          refused, the last <TimeStamp at={lastRefusedAt} relative />
        </small>
      )}
      <small>
        {source === 'person' ? 'Added by hand' : `${apiKey?.name ?? 'A key'}${service ? ` · ${service}` : ''}`}
        {lastOldAt && (
          <>
            , last with it <TimeStamp at={lastOldAt} relative />
          </>
        )}
        {movedAt && (
          <>
            ; first with {movedTo?.name ?? 'the new key'} <TimeStamp at={movedAt} relative />
          </>
        )}
      </small>
      {notNeededBecause && <small>Not needed: {notNeededBecause}</small>}
      {comment && <small>{comment}</small>}
    </>
  );
}

type Asking = { caller: IncidentService; what: 'comment' | 'notNeeded' };
type LineProps = {
  caller: IncidentService;
  mayChange: boolean;
  onAsk: (asking: Asking) => void;
  onChange: (caller: IncidentService, change: ChangeService | 'remove') => void;
};

function Line({ caller, mayChange, onAsk, onChange }: LineProps) {
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const { label, state, source } = caller;
  const { label: name, tone } = states[state];
  const then = (act: () => void) => () => {
    setAnchor(null);
    act();
  };
  return (
    <li>
      <div>
        <b>{label}</b>
        <Facts caller={caller} />
      </div>
      <span>
        <Chip tone={tone}>{name}</Chip>
      </span>
      {mayChange && (
        <>
          <IconButton
            size="small"
            style={{ padding: 3 }}
            aria-label={`Actions for ${label}`}
            aria-haspopup="menu"
            onClick={(event) => setAnchor(event.currentTarget)}
          >
            <More />
          </IconButton>
          <ActionMenu label={`Actions for ${label}`} anchor={anchor} onClose={() => setAnchor(null)}>
            {source === 'person' && state === 'waiting' && (
              <MenuItem onClick={then(() => onChange(caller, { done: true }))}>It is done</MenuItem>
            )}
            {source === 'person' && state === 'done' && (
              <MenuItem onClick={then(() => onChange(caller, { done: false }))}>It is not done</MenuItem>
            )}
            <MenuItem onClick={then(() => onAsk({ caller, what: 'comment' }))}>Comment…</MenuItem>
            {state === 'notNeeded' ? (
              <MenuItem onClick={then(() => onChange(caller, { notNeeded: null }))}>It needs the new key after all</MenuItem>
            ) : (
              <MenuItem onClick={then(() => onAsk({ caller, what: 'notNeeded' }))}>Does not need the new key…</MenuItem>
            )}
            <MenuItem onClick={then(() => onChange(caller, { suspect: state !== 'suspect' }))}>
              {state === 'suspect' ? 'It is one of ours' : 'It is the attacker'}
            </MenuItem>
            <MenuItem onClick={then(() => onChange(caller, 'remove'))}>Remove from the list</MenuItem>
          </ActionMenu>
        </>
      )}
    </li>
  );
}

function AddService({ incident, onAdded }: { incident: Incident; onAdded: () => Promise<void> }) {
  const [label, setLabel] = useState('');
  const calls = useIncidentCalls();
  const deed = useDeed(onAdded);
  return (
    <form
      style={{ display: 'grid', gap: 8, maxWidth: 560 }}
      onSubmit={(event) => {
        event.preventDefault();
        void deed.run(() => calls.addService(incident.id, { label: label.trim() })).then((done) => done && setLabel(''));
      }}
    >
      {deed.error !== null && <ProblemView error={deed.error} />}
      <Row style={{ alignItems: 'flex-end' }}>
        <TextField
          label="Something else that needs the new key"
          placeholder="The nightly import"
          value={label}
          onChange={({ target }) => setLabel(target.value)}
          slotProps={{ htmlInput: { maxLength: 200 } }}
          style={{ flex: '1 1 220px' }}
        />
        <Button type="submit" variant="outlined" disabled={deed.busy || label.trim() === ''}>
          Add
        </Button>
      </Row>
    </form>
  );
}

function Progress({ callers }: { callers: readonly IncidentService[] }) {
  const waited = callers.filter(({ state }) => state !== 'suspect');
  const waiting = waited.filter(({ state }) => state === 'waiting').length;
  if (waited.length === 0) return null;
  return (
    <p role="status" style={{ margin: 0, fontSize: 14 }}>
      {waiting === 0
        ? 'Nobody is waited for any more.'
        : `${number(waited.length - waiting)} of ${number(waited.length)} are done. This list ticks itself as they call with the new key.`}
    </p>
  );
}

export function ServicesStep({ incident }: { incident: Incident }) {
  const { data, error, refetch } = useServices(incident.id, incident.closedAt === null);
  const [asking, setAsking] = useState<Asking | null>(null);
  const calls = useIncidentCalls();
  const changed = useIncidentChanged();
  const deed = useDeed(changed);
  const mayChange = incident.actions.includes('changeServices');
  const change = (caller: IncidentService, how: ChangeService | 'remove'): void =>
    void deed.run(() =>
      how === 'remove' ? calls.removeService(incident.id, caller.id) : calls.changeService(incident.id, caller.id, how),
    );
  return (
    <StepFrame incident={incident} name="servicesUpdated">
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {deed.error !== null && <ProblemView error={deed.error} />}
      {!data && !error && <Skeleton width="80%" height={12} />}
      {data?.data.length === 0 && (
        <EmptyState title="Nobody else was seen with the key">
          No program called with it in the 30 days before. If you know of one that will, add it here.
        </EmptyState>
      )}
      {data && data.data.length > 0 && (
        <>
          <Progress callers={data.data} />
          <Lines aria-label="Affected services">
            {data.data.map((caller) => (
              <Line key={caller.id} caller={caller} mayChange={mayChange} onAsk={setAsking} onChange={change} />
            ))}
          </Lines>
        </>
      )}
      {mayChange && <AddService incident={incident} onAdded={changed} />}
      {asking && (
        <TextDialog
          title={asking.what === 'comment' ? `Comment on ${asking.caller.label}` : `Why does ${asking.caller.label} not need the new key?`}
          label={asking.what === 'comment' ? 'Comment' : 'Because'}
          action="Save"
          start={(asking.what === 'comment' ? asking.caller.comment : asking.caller.notNeededBecause) ?? ''}
          onSave={async (text) => {
            await calls.changeService(incident.id, asking.caller.id, asking.what === 'comment' ? { comment: text } : { notNeeded: text });
            await changed();
          }}
          onClose={() => setAsking(null)}
        />
      )}
    </StepFrame>
  );
}
