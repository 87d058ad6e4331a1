/** The services and teams that keys belong to: add, rename, merge. Keys change with them; the log keeps the names of the moment. */
import Button from '@mui/material/Button';
import IconButton from '@mui/material/IconButton';
import MenuItem from '@mui/material/MenuItem';
import More from '@mui/icons-material/MoreHorizRounded';
import Skeleton from '@mui/material/Skeleton';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { useState, type SubmitEvent } from 'react';
import { useDataProvider, useNavigate } from 'react-admin';
import type { Owner, OwnerList } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ActionMenu } from '../elements/ActionMenu';
import { EmptyState } from '../elements/EmptyState';
import { ProblemView } from '../elements/ProblemView';
import { Page, Part, Row } from '../layout/Page';
import { useCan } from '../session/use-session';
import { keysText, MergeDialog, RenameDialog } from './OwnerDialogs';
import { useOwners, useOwnersChanged } from './use-owners';

const words = {
  services: { title: 'Services', one: 'service', lead: 'Which program uses a key.' },
  teams: { title: 'Teams', one: 'team', lead: 'Whom to ask about a key.' },
} as const satisfies Record<OwnerList, object>;

const List = styled('ul')(({ theme }) => ({
  margin: 0,
  padding: 0,
  listStyle: 'none',
  borderTop: `1px solid ${theme.palette.tone.line}`,
  fontSize: 13,
  '& > li': {
    display: 'flex',
    alignItems: 'center',
    gap: 12,
    minHeight: 36,
    padding: '0 8px',
    borderBottom: `1px solid ${theme.palette.tone.line}`,
  },
  '& > li > span': { flex: 1, minWidth: 0, overflowWrap: 'anywhere' },
  '& small': { fontSize: 12, color: theme.palette.tone.muted, fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' },
}));

function AddForm({ list }: { list: OwnerList }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const changed = useOwnersChanged();
  const [name, setName] = useState('');
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    try {
      await dataProvider.createOwner(list, name.trim());
      setName('');
      setError(null);
      await changed();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)} style={{ margin: '12px 0' }}>
      {error !== null && <ProblemView error={error} />}
      <Row style={{ alignItems: 'flex-end' }}>
        <TextField
          size="small"
          label={`New ${words[list].one}`}
          value={name}
          onChange={(event) => setName(event.target.value)}
          slotProps={{ htmlInput: { maxLength: 80 } }}
        />
        <Button type="submit" variant="outlined" disabled={name.trim() === ''}>
          Add {words[list].one}
        </Button>
      </Row>
    </form>
  );
}

type Target = { owner: Owner; anchor: HTMLElement };
type Doing = { what: 'rename' | 'merge'; owner: Owner } | null;

function OwnerMenu({
  target,
  alone,
  onClose,
  onDo,
}: {
  target: Target;
  alone: boolean;
  onClose: () => void;
  onDo: (doing: Doing) => void;
}) {
  const choose = (what: 'rename' | 'merge'): void => {
    onClose();
    onDo({ what, owner: target.owner });
  };
  return (
    <ActionMenu label={`Actions for ${target.owner.name}`} anchor={target.anchor} onClose={onClose}>
      <MenuItem onClick={() => choose('rename')}>Rename…</MenuItem>
      <MenuItem disabled={alone} onClick={() => choose('merge')}>
        Merge into another…
      </MenuItem>
    </ActionMenu>
  );
}

function OwnerTable({ list, owners }: { list: OwnerList; owners: readonly Owner[] | undefined }) {
  const mayChange = useCan('keys:write');
  const [target, setTarget] = useState<Target | null>(null);
  const [doing, setDoing] = useState<Doing>(null);
  return (
    <>
      <List aria-label={words[list].title} aria-busy={owners === undefined}>
        {owners === undefined
          ? Array.from({ length: 4 }, (_, row) => (
              <li key={row}>
                <Skeleton width={`${180 - row * 24}px`} height={12} />
              </li>
            ))
          : owners.map((owner) => (
              <li key={owner.id}>
                <span>{owner.name}</span>
                <small>{keysText(owner.keys)}</small>
                {mayChange && (
                  <IconButton
                    size="small"
                    style={{ padding: 3 }}
                    aria-label={`Actions for ${owner.name}`}
                    aria-haspopup="menu"
                    onClick={(event) => setTarget({ owner, anchor: event.currentTarget })}
                  >
                    <More />
                  </IconButton>
                )}
              </li>
            ))}
      </List>
      {target && <OwnerMenu target={target} alone={(owners?.length ?? 0) < 2} onClose={() => setTarget(null)} onDo={setDoing} />}
      {doing?.what === 'rename' && <RenameDialog list={list} owner={doing.owner} onClose={() => setDoing(null)} />}
      {doing?.what === 'merge' && <MergeDialog list={list} owner={doing.owner} others={owners ?? []} onClose={() => setDoing(null)} />}
    </>
  );
}

function OwnerSection({ list }: { list: OwnerList }) {
  const { data, error, refetch } = useOwners(list);
  const mayChange = useCan('keys:write');
  const { title, lead, one } = words[list];
  return (
    <Part>
      <h2>{title}</h2>
      <p>{lead}</p>
      {error ? (
        <ProblemView error={error} retry={() => void refetch()} />
      ) : data?.length === 0 ? (
        <EmptyState title={`No ${one} yet`}>
          {mayChange ? `Add one here, or name one when you create a key.` : `An admin names the ${one} when a key is created.`}
        </EmptyState>
      ) : (
        <OwnerTable list={list} owners={data} />
      )}
      {mayChange && <AddForm list={list} />}
    </Part>
  );
}

export function OwnersPage() {
  const navigate = useNavigate();
  return (
    <Page
      form
      title="Services and teams"
      lead="What keys belong to. A rename or a merge changes the keys at once; the log keeps the names of the moment."
      actions={
        <Button variant="outlined" onClick={() => navigate('/api-keys/hygiene')}>
          Back to Hygiene
        </Button>
      }
    >
      <OwnerSection list="services" />
      <OwnerSection list="teams" />
    </Page>
  );
}
