/** What can be done with a key in its state: asked of the same table as the API asks. */
import Button from '@mui/material/Button';
import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { mayDo, type KeyCommand } from '@pinebill/contract';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useDataProvider, useNavigate } from 'react-admin';
import type { ApiKey } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ActionMenu } from '../elements/ActionMenu';
import { ConfirmDanger } from '../elements/ConfirmDanger';
import { CallersNotice } from './CallersNotice';
import { RevokeDialog } from './RevokeDialog';
import { RotateDialog } from './RotateDialog';

// For the few who change something.
const OpenIncidentDialog = lazy(async () => ({ default: (await import('../incidents/OpenIncidentDialog')).OpenIncidentDialog }));
const ChangeKeyDialog = lazy(async () => ({ default: (await import('./ChangeKeyDialog')).ChangeKeyDialog }));

type Hold = 'disable' | 'quarantine' | 'enable';
const holds: Record<Hold, { action: string; title: (name: string) => string; what: string; isDanger: boolean }> = {
  disable: {
    action: 'Disable key',
    title: (name) => `Disable ${name}?`,
    what: 'Every call with it is refused with 401 until it is enabled again.',
    isDanger: true,
  },
  quarantine: {
    action: 'Quarantine key',
    title: (name) => `Quarantine ${name}?`,
    what: 'It can go on reading, and nothing else: whatever would change something is refused with 403 until it is enabled again.',
    isDanger: true,
  },
  enable: {
    action: 'Enable key',
    title: (name) => `Enable ${name}?`,
    what: 'It may do again what its scopes say. Do it only when you know why it was held back.',
    isDanger: false,
  },
};

const isHold = (dialog: string | null): dialog is Hold => dialog !== null && dialog in holds;

export const allows = (key: ApiKey, command: KeyCommand): boolean =>
  mayDo({ state: key.state, isRotated: key.rotatedOutAt !== null }, command);

const replacementOf = ({ id }: ApiKey): string => `/api-keys/create?replaces=${encodeURIComponent(id)}`;

function HoldDialog({ apiKey, hold, onClose }: { apiKey: ApiKey; hold: Hold; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
  const { action, title, what, isDanger } = holds[hold];
  const confirm = async (): Promise<void> => {
    await dataProvider.holdKey(apiKey.id, hold, reason.trim());
    await queryClient.invalidateQueries({ queryKey: ['api-keys'] });
  };
  return (
    <ConfirmDanger title={title(apiKey.name)} action={action} onConfirm={confirm} onClose={onClose}>
      <span>{what}</span>
      {isDanger && <CallersNotice apiKeyId={apiKey.id} />}
      <TextField
        label="Reason (optional)"
        value={reason}
        onChange={(event) => setReason(event.target.value)}
        helperText="Kept in the activity log."
        slotProps={{ htmlInput: { maxLength: 200 } }}
      />
    </ConfirmDanger>
  );
}

type MenuProps = {
  apiKey: ApiKey;
  anchor: HTMLElement;
  holds: readonly Hold[];
  onChoice: (choice: Hold | 'change' | 'incident') => void;
  onClose: () => void;
};

function MoreMenu({ apiKey, anchor, holds: offered, onChoice, onClose }: MenuProps) {
  const navigate = useNavigate();
  const choose = (choice: Hold | 'change' | 'incident'): void => {
    onClose();
    onChoice(choice);
  };
  return (
    <ActionMenu label={`More actions for ${apiKey.name}`} anchor={anchor} onClose={onClose}>
      <MenuItem onClick={() => choose('change')}>Change key…</MenuItem>
      {offered.map((hold) => (
        <MenuItem key={hold} onClick={() => choose(hold)}>
          {holds[hold].action}…
        </MenuItem>
      ))}
      <MenuItem onClick={() => navigate(replacementOf(apiKey))}>Create replacement</MenuItem>
      <MenuItem onClick={() => choose('incident')}>Open incident…</MenuItem>
    </ActionMenu>
  );
}

type Dialogs = Hold | 'change' | 'incident' | 'rotate' | 'revoke';

function OpenDialog({ apiKey, open, onClose }: { apiKey: ApiKey; open: Dialogs | null; onClose: () => void }) {
  return (
    <>
      {open === 'change' && (
        <Suspense fallback={null}>
          <ChangeKeyDialog apiKey={apiKey} onClose={onClose} />
        </Suspense>
      )}
      {open === 'incident' && (
        <Suspense fallback={null}>
          <OpenIncidentDialog from={{ apiKeyIds: [apiKey.id], label: apiKey.name }} onClose={onClose} />
        </Suspense>
      )}
      {open === 'rotate' && <RotateDialog apiKey={apiKey} onClose={onClose} />}
      {open === 'revoke' && <RevokeDialog apiKey={apiKey} onClose={onClose} />}
      {isHold(open) && <HoldDialog apiKey={apiKey} hold={open} onClose={onClose} />}
    </>
  );
}

/** For whoever may change keys; the next thing to do is the filled one. */
export function KeyActions({ apiKey }: { apiKey: ApiKey }) {
  const [open, setOpen] = useState<Dialogs | null>(null);
  const [anchor, setAnchor] = useState<HTMLElement | null>(null);
  const navigate = useNavigate();
  const close = (): void => setOpen(null);
  const others = (['quarantine', 'disable'] as const).filter((hold) => allows(apiKey, hold));
  const isOver = !allows(apiKey, 'disable') && apiKey.state !== 'disabled';
  return (
    <>
      {allows(apiKey, 'enable') && (
        <Button variant="contained" onClick={() => setOpen('enable')}>
          Enable key…
        </Button>
      )}
      {allows(apiKey, 'rotate') && (
        <Button variant={apiKey.rotationDue ? 'contained' : 'outlined'} onClick={() => setOpen('rotate')}>
          Rotate key…
        </Button>
      )}
      {isOver && apiKey.replacedBy === null && (
        <Button variant="contained" onClick={() => navigate(replacementOf(apiKey))}>
          Create replacement
        </Button>
      )}
      {(others.length > 0 || !isOver) && (
        <Button variant="outlined" aria-haspopup="menu" onClick={(event) => setAnchor(event.currentTarget)}>
          More
        </Button>
      )}
      {allows(apiKey, 'revoke') && (
        <Button variant="outlined" color="error" onClick={() => setOpen('revoke')}>
          Revoke key…
        </Button>
      )}
      {anchor && <MoreMenu apiKey={apiKey} anchor={anchor} holds={others} onChoice={setOpen} onClose={() => setAnchor(null)} />}
      <OpenDialog apiKey={apiKey} open={open} onClose={close} />
    </>
  );
}
