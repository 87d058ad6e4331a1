import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { LinkBase } from 'react-admin';
import type { ActivityEntry } from '../api-types';
import { emptyQuery, only } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import { Address, AddressLink } from '../elements/Address';
import { FactList } from '../elements/FactList';
import { Mono, MonoText } from '../elements/Mono';
import { SidePanel } from '../elements/SidePanel';
import { TimeStamp } from '../elements/TimeStamp';
import { utcTime } from '../elements/times';
import type { ActivityQuery } from './activity-query';
import { differences, sentenceOf, type Difference, whoText } from './activity-words';

const Compare = styled('table')(({ theme }) => ({
  width: '100%',
  borderCollapse: 'collapse',
  tableLayout: 'fixed',
  fontSize: 13,
  lineHeight: '20px',
  '& th, & td': { padding: '6px 8px 6px 0', textAlign: 'left', verticalAlign: 'top', overflowWrap: 'anywhere', borderBottom: `1px solid ${theme.palette.tone.line}` },
  '& th': { fontWeight: 500, color: theme.palette.tone.muted },
  '& thead th': { fontSize: 12 },
  '& del': { color: theme.palette.tone.status.server.text, textDecoration: 'none' },
  '& ins': { color: theme.palette.tone.status.success.text, textDecoration: 'none' },
})); // prettier-ignore

const pages: Record<string, (id: string) => string> = {
  apiKey: (id) => `/api-keys/${id}/show`,
  member: () => '/members',
  invitation: () => '/members',
  organization: () => '/settings',
  review: (id) => `/access-review?review=${id}`,
  export: (id) => `/exports?export=${id}`,
};

/** Where the thing itself is, if it has a page. */
function targetPath({ type, id }: ActivityEntry['target']): string | null {
  const path = pages[type];
  return id === null || path === undefined ? null : path(id);
}

function Changes({ changes }: { changes: readonly Difference[] }) {
  const hasBefore = changes.some(({ before }) => before !== null);
  return (
    <Compare>
      <thead>
        <tr>
          <th scope="col">Field</th>
          {hasBefore && <th scope="col">Before</th>}
          <th scope="col">{hasBefore ? 'After' : 'Value'}</th>
        </tr>
      </thead>
      <tbody>
        {changes.map(({ field, before, after }) => (
          <tr key={field}>
            <th scope="row">{field}</th>
            {hasBefore && <td>{before === null ? '–' : <del>{before}</del>}</td>}
            <td>{after === null ? '–' : <ins>{after}</ins>}</td>
          </tr>
        ))}
      </tbody>
    </Compare>
  );
}

function IpValue({ ip }: { ip: string }) {
  return (
    <>
      <Address ip={ip} />
      <AddressLink ip={ip} stop />
    </>
  );
}

type Props = { entry: ActivityEntry; onClose: () => void; onFilter: (changes: Partial<ActivityQuery>) => void };

export function ActivityPanel({ entry, onClose, onFilter }: Props) {
  const { actor, target, requestId } = entry;
  const [path, changes] = [targetPath(target), differences(entry)];
  const name = target.name ?? target.id ?? '–';
  return (
    <SidePanel label="Entry of the activity list" title={sentenceOf(entry)} onClose={onClose}>
      <section>
        <FactList
          facts={[
            { label: 'Who', value: actor.type === 'system' ? `${whoText(actor)} (${actor.name})` : actor.name },
            { label: 'Done to', value: path === null ? name : <LinkBase to={path}>{name}</LinkBase> },
            { label: 'When', value: <TimeStamp at={entry.occurredAt} /> },
            { label: 'UTC', value: utcTime(entry.occurredAt) },
            { label: 'IP Address', value: entry.ip === null ? null : <IpValue ip={entry.ip} /> },
            { label: 'Action', value: <MonoText>{entry.action}</MonoText> },
            {
              label: 'Request',
              value:
                requestId === null ? null : <LinkBase to={logLink(only(emptyQuery, 'requestId', requestId))}>Open in API Logs</LinkBase>,
            },
            { label: 'Entry', value: <Mono copyLabel="Copy the id of the entry">{entry.id}</Mono> },
          ]}
        />
      </section>
      <section>
        <h3>{entry.before === null ? 'Details' : 'Before and after'}</h3>
        {changes.length > 0 ? (
          <Changes changes={changes} />
        ) : (
          <span style={{ fontSize: 13 }}>The action says it all: no field changed.</span>
        )}
      </section>
      <section style={{ display: 'flex', flexWrap: 'wrap', gap: 8 }}>
        {target.id !== null && (
          <Button variant="outlined" onClick={() => onFilter({ targetId: target.id })}>
            Everything done to this
          </Button>
        )}
        {actor.id !== null && (
          <Button variant="outlined" onClick={() => onFilter({ actorId: actor.id })}>
            Everything {actor.name} did
          </Button>
        )}
        {entry.ip !== null && (
          <Button variant="outlined" onClick={() => onFilter({ ip: entry.ip })}>
            Everything from this address
          </Button>
        )}
      </section>
    </SidePanel>
  );
}
