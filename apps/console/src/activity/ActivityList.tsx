import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { LinkBase, useInfiniteGetList } from 'react-admin';
import type { ActivityEntry } from '../api-types';
import { emptyQuery, only } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import { DataTable, SkeletonRows } from '../elements/DataTable';
import { Address } from '../elements/Address';
import { EmptyState } from '../elements/EmptyState';
import { MonoText } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Page } from '../layout/Page';

const Changed = styled('span')(({ theme }) => ({ color: theme.palette.tone.muted, fontSize: 12 }));

const sentences: Record<string, string> = {
  'api_key.created': 'Created the key',
  'api_key.updated': 'Changed the key',
  'api_key.revoked': 'Revoked the key',
  'member.invited': 'Invited',
  'member.joined': 'Joined',
  'member.role_changed': 'Changed the role of',
  'member.suspended': 'Suspended',
  'member.reinstated': 'Let in again',
  'member.removed': 'Removed',
  'organization.updated': 'Changed the organization',
  'service.created': 'Added the service',
  'service.renamed': 'Renamed the service',
  'service.merged': 'Merged another service into',
  'team.created': 'Added the team',
  'team.renamed': 'Renamed the team',
  'team.merged': 'Merged another team into',
  'session.started': 'Signed in',
  'session.failed': 'Failed to sign in',
  'session.ended': 'Signed out',
  'password.changed': 'Changed the password',
  'maintenance.started': 'Started maintenance',
  'maintenance.changed': 'Announced another end of the maintenance',
  'maintenance.ended': 'Ended the maintenance',
  'journal.settled': 'Gave up the journal of',
};
const requestOf = (requestId: string): string => logLink(only(emptyQuery, 'requestId', requestId));
const text = (value: unknown): string =>
  value === null || value === undefined ? 'nothing' : typeof value === 'string' ? value : JSON.stringify(value);

/** What is different after, field by field. */
export function differences({ before, after }: Pick<ActivityEntry, 'before' | 'after'>): string[] {
  if (!before || !after) return [];
  return Object.keys(after)
    .filter((name) => text(before[name]) !== text(after[name]))
    .map((name) => `${name}: ${text(before[name])} → ${text(after[name])}`);
}

function Target({ entry }: { entry: ActivityEntry }) {
  const { target } = entry;
  if (/^(session|maintenance)\./.test(entry.action) || entry.action === 'password.changed') return null;
  const name = target.name ?? target.id;
  return target.id?.startsWith('key_') ? <LinkBase to={`/api-keys/${target.id}/show`}>{name}</LinkBase> : <span>{name}</span>;
}

export function ActivityList() {
  const list = useInfiniteGetList<ActivityEntry>('activity', { pagination: { page: 1, perPage: 50 } }, { retry: false });
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? [];
  return (
    <Page title="Activity" lead="What people changed: keys, members, settings, sign-ins. Written together with the change itself.">
      {list.error && <ProblemView error={list.error} retry={() => void list.refetch()} />}
      {!list.isPending && !list.error && rows.length === 0 ? (
        <EmptyState title="No change yet">
          As soon as somebody creates a key, invites a person or changes a setting, it stands here.
        </EmptyState>
      ) : (
        <DataTable label="Activity">
          <thead>
            <tr>
              {['When', 'Who', 'What', 'IP Address'].map((name) => (
                <th key={name} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          {list.isPending ? (
            <SkeletonRows rows={10} columns={[[164, 'fit'], 120, 320, [100, 'fit']]} />
          ) : (
            <tbody>
              {rows.map((entry) => (
                <tr key={entry.id}>
                  <td className="fit">
                    {entry.requestId === null ? (
                      <TimeStamp at={entry.occurredAt} />
                    ) : (
                      <LinkBase to={requestOf(entry.requestId)} style={{ color: 'inherit', textDecoration: 'none' }}>
                        <TimeStamp at={entry.occurredAt} />
                      </LinkBase>
                    )}
                  </td>
                  <td style={{ width: '22%' }} data-label="Who">
                    {entry.actor.name}
                  </td>
                  <td style={{ width: '78%' }} data-label="What">
                    <span>
                      <span title={entry.action}>{sentences[entry.action] ?? <MonoText>{entry.action}</MonoText>}</span>{' '}
                      <Target entry={entry} /> <Changed title={differences(entry).join('\n')}>{differences(entry).join(' · ')}</Changed>
                    </span>
                  </td>
                  <td className="fit" data-label="IP Address">
                    <Address ip={entry.ip} />
                  </td>
                </tr>
              ))}
            </tbody>
          )}
        </DataTable>
      )}
      {list.hasNextPage && (
        <Button variant="outlined" style={{ marginTop: 14 }} onClick={() => void list.fetchNextPage()}>
          Show older changes
        </Button>
      )}
    </Page>
  );
}
