/** The keys of one section: why each is in it, and the button that helps. */
import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import { styled } from '@mui/material/styles';
import { LinkBase, useNavigate } from 'react-admin';
import type { ApiKey, HygieneItem, HygieneSection } from '../api-types';
import { DataTable } from '../elements/DataTable';
import { KeyName } from '../elements/KeyName';
import { TimeStamp } from '../elements/TimeStamp';
import { useCan } from '../session/use-session';
import { countText } from '../elements/figures';

export type Selection = { ids: ReadonlySet<string>; toggle: (id: string) => void };
export type Doing = { what: 'rotate' | 'revoke' | 'setOwner'; apiKey: ApiKey };

const Small = styled('small')(({ theme }) => ({ display: 'block', fontSize: 12, color: theme.palette.tone.secondary }));
const Buttons = styled('div')({
  display: 'flex',
  justifyContent: 'flex-start',
  gap: 4,
  '@container (max-width: 600px)': { flexWrap: 'wrap' },
});
const NameCell = styled('span')({ display: 'flex', alignItems: 'center', gap: 6, '& a': { color: 'inherit' } });

const percent = (share: number): string => `${Math.round(share * 100)} %`;
const programs = (names: readonly string[]): string => names.map((name) => name || 'a program without a name').join(', ');
const networks = ({ networks: some, networkCount }: { networks: readonly string[]; networkCount: number }): string =>
  networkCount <= 2 ? some.join(' and ') : `${some[0] ?? ''} and ${networkCount - 1} more networks`;

function Evidence({ item }: { item: HygieneItem }) {
  if (item.shared === null) return null;
  const { services, commonDays, windowDays } = item.shared;
  return (
    <>
      {services.map((service) => (
        <Small key={service.programs.join()}>
          <strong>{programs(service.programs)}</strong> from {networks(service)}: {percent(service.share)} of its requests, on{' '}
          {service.days} of {windowDays} days
        </Small>
      ))}
      <Small>They share no network, and called on {commonDays} common days.</Small>
    </>
  );
}

function RefusedUse({ item }: { item: HygieneItem }) {
  if (item.refusedUse === null) return null;
  const { requests, lastAt } = item.refusedUse;
  return (
    <Small>
      {countText(requests)} refused {requests === 1 ? 'request' : 'requests'}, the last <TimeStamp at={lastAt} relative />
    </Small>
  );
}

function Why({ kind, item }: { kind: HygieneSection['kind']; item: HygieneItem }) {
  const { key, dueAt } = item;
  switch (kind) {
    case 'rotationOverdue':
      return <span>Was due <TimeStamp at={dueAt} relative /></span>; // prettier-ignore
    case 'rotationSoon':
      return <span>Due <TimeStamp at={dueAt} relative /></span>; // prettier-ignore
    case 'expiring':
      return <span>Ends <TimeStamp at={dueAt} relative /></span>; // prettier-ignore
    case 'neverUsed':
      return (
        <>
          Made <TimeStamp at={key.createdAt} relative />
          <RefusedUse item={item} />
        </>
      );
    case 'idle':
      return (
        <>
          Last used <TimeStamp at={key.lastUsedAt} relative />
          <RefusedUse item={item} />
        </>
      );
    case 'shared':
      return <Evidence item={item} />;
    case 'unowned':
      return <span>{key.service === null ? (key.team === null ? 'No service, no team' : 'No service') : 'No team'}</span>;
  }
}

function Actions({ item, onDo }: { item: HygieneItem; onDo: (doing: Doing) => void }) {
  const navigate = useNavigate();
  const { key } = item;
  const can = {
    rotate: { label: 'Rotate…', run: () => onDo({ what: 'rotate', apiKey: key }) },
    replace: { label: 'Replace…', run: () => navigate(`/api-keys/create?replaces=${encodeURIComponent(key.id)}`) },
    setOwner: { label: 'Set owner…', run: () => onDo({ what: 'setOwner', apiKey: key }) },
    revoke: { label: 'Revoke…', run: () => onDo({ what: 'revoke', apiKey: key }) },
  };
  return (
    <Buttons>
      {item.actions.map((action, place) => (
        <Button
          key={action}
          size="small"
          variant={place === 0 ? 'outlined' : 'text'}
          color={action === 'revoke' ? 'error' : 'primary'}
          aria-label={`${can[action].label} ${key.name}`}
          onClick={can[action].run}
        >
          {can[action].label}
        </Button>
      ))}
    </Buttons>
  );
}

type Props = { section: HygieneSection; selection: Selection; onDo: (doing: Doing) => void };

export function HygieneItems({ section, selection, onDo }: Props) {
  const mayAct = useCan('keys:write');
  return (
    <DataTable label={section.title}>
      <thead>
        <tr>
          {['Key', 'Service and team', 'Why', ...(mayAct ? ['What to do'] : [])].map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {section.items.map((item) => (
          <tr key={item.key.id} aria-selected={selection.ids.has(item.key.id)}>
            <td style={{ width: '34%' }} className="wrap">
              <NameCell>
                {mayAct && (
                  <Checkbox
                    size="small"
                    style={{ padding: 4 }}
                    checked={selection.ids.has(item.key.id)}
                    onChange={() => selection.toggle(item.key.id)}
                    slotProps={{ input: { 'aria-label': `Select ${item.key.name}` } }}
                  />
                )}
                <LinkBase to={`/api-keys/${item.key.id}/show`}>
                  <KeyName {...item.key} />
                </LinkBase>
              </NameCell>
            </td>
            <td style={{ width: '20%' }} data-label="Used by">
              {[item.key.service, item.key.team].filter(Boolean).join(' · ') || '–'}
            </td>
            <td className="wrap" data-label="Why">
              <div>
                <Why kind={section.kind} item={item} />
              </div>
            </td>
            {mayAct && (
              <td className="fit wrap">
                <Actions item={item} onDo={onDo} />
              </td>
            )}
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}
