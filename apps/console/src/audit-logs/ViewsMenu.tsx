/** All saved views, and what can be done with the one that is open. Whoever may not change it is offered a copy. */
import Check from '@mui/icons-material/CheckRounded';
import Divider from '@mui/material/Divider';
import MenuItem from '@mui/material/MenuItem';
import { styled } from '@mui/material/styles';
import { useState, type ReactNode } from 'react';
import { useDataProvider, useNotify } from 'react-admin';
import type { SavedView } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ActionMenu } from '../elements/ActionMenu';
import { ConfirmDanger } from '../elements/ConfirmDanger';
import { useSession } from '../session/use-session';
import { emptyQuery } from './log-query';
import { contentOf, noView, viewQuery } from './saved-view';
import { useSavedViews } from './use-saved-views';
import { ViewDialog } from './ViewDialog';
import type { ViewsProps } from './ViewsButton';

const Title = styled('div')(({ theme }) => ({ padding: '6px 12px 2px', fontSize: 12, color: theme.palette.tone.muted }));
const Name = styled('span')({ flex: 1, overflow: 'hidden', textOverflow: 'ellipsis' });
const Hint = styled('span')(({ theme }) => ({ marginLeft: 16, fontSize: 12, color: theme.palette.tone.muted }));

type Props = ViewsProps & { anchor: HTMLElement; onClose: () => void; open: SavedView | null; edited: boolean };
type Asked = 'save' | 'rename' | 'delete' | null;

function sectionOf(title: string, views: readonly SavedView[], openId: string | null, onOpen: (view: SavedView) => void): ReactNode[] {
  if (views.length === 0) return [];
  return [
    <Title key={title} role="presentation">
      {title}
    </Title>,
    ...views.map((view) => (
      <MenuItem key={view.id} selected={view.id === openId} onClick={() => onOpen(view)} style={{ maxWidth: 360 }}>
        <Name>{view.name}</Name>
        {view.isDefault && <Hint>opens first</Hint>}
        {view.id === openId && <Check aria-label="open" style={{ fontSize: 16, marginLeft: 12 }} />}
      </MenuItem>
    )),
  ];
}

/** What is done at once; a refusal says why where messages stand. */
function useAct(onClose: () => void) {
  const { changed } = useSavedViews();
  const notify = useNotify();
  return (work: () => Promise<unknown>, said: string) => (): void => {
    onClose();
    work().then(
      () => void changed().then(() => notify(said)),
      (refusal: unknown) => notify(refusal instanceof Error ? refusal.message : 'That did not work. Try again.', { type: 'error' }),
    );
  };
}

type OfOpen = Omit<Props, 'anchor' | 'open'> & { open: SavedView; mayChange: boolean; setAsked: (asked: Asked) => void };

function forTheChanged({ open, edited, mayChange, setQuery, onClose }: OfOpen, update: (view: SavedView) => () => void): ReactNode[] {
  if (!edited) return [];
  return [
    mayChange && (
      <MenuItem key="update" onClick={update(open)}>
        Update {open.name}
      </MenuItem>
    ),
    <MenuItem
      key="discard"
      onClick={() => {
        onClose();
        setQuery(viewQuery(open));
      }}
    >
      Discard changes
    </MenuItem>,
  ];
}

function forTheOpen({ open, mayChange, setQuery, onClose, setAsked }: OfOpen, toggleDefault: () => void): ReactNode[] {
  return [
    mayChange && (
      <MenuItem key="rename" onClick={() => setAsked('rename')}>
        {open.shared ? 'Rename, or stop sharing…' : 'Rename or share…'}
      </MenuItem>
    ),
    <MenuItem key="default" onClick={toggleDefault}>
      {open.isDefault ? 'No longer open API Logs with it' : 'Open API Logs with it'}
    </MenuItem>,
    <MenuItem
      key="leave"
      onClick={() => {
        onClose();
        setQuery({ ...emptyQuery, view: noView });
      }}
    >
      Leave the view
    </MenuItem>,
    mayChange && (
      <MenuItem key="delete" onClick={() => setAsked('delete')} sx={{ color: 'error.main' }}>
        Delete {open.name}…
      </MenuItem>
    ),
  ];
}

type DialogProps = Pick<Props, 'query' | 'setQuery' | 'look' | 'onClose' | 'open'> & { asked: Exclude<Asked, null> };

function AskedDialog({ asked, open, query, setQuery, look, onClose }: DialogProps) {
  const { changed } = useSavedViews();
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  if (asked === 'delete' && open) {
    return (
      <ConfirmDanger
        title={`Delete the view ${open.name}?`}
        action="Delete view"
        onConfirm={async () => {
          await dataProvider.deleteView(open.id);
          setQuery({ ...query, view: noView });
          await changed();
        }}
        onClose={onClose}
      >
        {open.shared ? 'Nobody will find it any more. ' : ''}No request is deleted: it is only the filter and how the list looks.
      </ConfirmDanger>
    );
  }
  return (
    <ViewDialog
      view={asked === 'rename' ? open : null}
      content={contentOf(query, look)}
      onClose={onClose}
      onSaved={async (view) => {
        await changed();
        onClose();
        setQuery(asked === 'rename' ? { ...query, view: view.id } : viewQuery(view));
      }}
    />
  );
}

function listed(
  { views, error, retry }: ReturnType<typeof useSavedViews>,
  mine: string | undefined,
  open: SavedView | null,
  show: (view: SavedView) => void,
): ReactNode[] {
  if (error)
    return [
      <MenuItem key="error" onClick={retry}>
        The views could not be read. Try again
      </MenuItem>,
    ];
  if (!views)
    return [
      <MenuItem key="loading" disabled>
        Loading…
      </MenuItem>,
    ];
  if (views.length === 0)
    return [
      <Title key="none" role="presentation">
        No view yet. Save the filter and the columns you use again and again.
      </Title>,
    ];
  const own = views.filter(({ createdBy, shared }) => !shared && createdBy.id === mine);
  return [
    ...sectionOf('Yours', own, open?.id ?? null, show),
    ...sectionOf(
      'Shared with all who read the log',
      views.filter(({ shared }) => shared),
      open?.id ?? null,
      show,
    ),
  ];
}

export function ViewsMenu({ anchor, ...props }: Props) {
  const { onClose, query, setQuery, look, open } = props;
  const saved = useSavedViews();
  const session = useSession();
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const act = useAct(onClose);
  const [asked, setAsked] = useState<Asked>(null);
  const mine = session?.user.id;
  if (asked !== null) return <AskedDialog {...props} asked={asked} />;
  const show = (view: SavedView): void => {
    onClose();
    setQuery(viewQuery(view));
  };
  const mayChange = open?.createdBy.id === mine || session?.role === 'admin';
  const ofOpen = open && { ...props, open, mayChange, setAsked };
  const update = (view: SavedView) => act(() => dataProvider.changeView(view.id, contentOf(query, look)), `Updated ${view.name}`);
  return (
    <ActionMenu label="Saved views" anchor={anchor} onClose={onClose}>
      {listed(saved, mine, open, show)}
      <Divider />
      {ofOpen && forTheChanged(ofOpen, update)}
      <MenuItem onClick={() => setAsked('save')}>Save as new view…</MenuItem>
      {ofOpen &&
        forTheOpen(
          ofOpen,
          act(
            () => dataProvider.setDefaultView(ofOpen.open.id, !ofOpen.open.isDefault),
            ofOpen.open.isDefault ? 'API Logs opens without a view' : `API Logs opens with ${ofOpen.open.name}`,
          ),
        )}
    </ActionMenu>
  );
}
