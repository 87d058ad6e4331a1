import Divider from '@mui/material/Divider';
import MenuItem from '@mui/material/MenuItem';
import type { LogRecord } from '../api-types';
import type { RevocableKey } from '../api-keys/RevokeDialog';
import { ActionMenu } from '../elements/ActionMenu';
import { useCan } from '../session/use-session';
import { curlOf } from './curl';
import type { FilterBy } from './Filterable';

export type RowMenuState = { record: LogRecord; anchor: HTMLElement };
type Props = {
  state: RowMenuState | null;
  onClose: () => void;
  onOpen: (id: string) => void;
  onFilter: FilterBy;
  onRevoke: (key: RevocableKey) => void;
};

export function RowMenu({ state, onClose, onOpen, onFilter, onRevoke }: Props) {
  const mayRevoke = useCan('keys:write');
  if (!state) return null;
  const { record, anchor } = state;
  const { apiKey, ip } = record;
  const then = (act: () => void) => () => {
    onClose();
    act();
  };
  const revocable = mayRevoke && apiKey !== null && (apiKey.currentState ?? apiKey.state) !== 'revoked';
  return (
    <ActionMenu label={`Actions for ${record.method ?? ''} ${record.path ?? ''}`} anchor={anchor} onClose={onClose}>
      <MenuItem onClick={then(() => onOpen(record.id))}>Open</MenuItem>
      {apiKey && <MenuItem onClick={then(() => onFilter('apiKeyId', apiKey.id, false))}>Only this key</MenuItem>}
      {ip && <MenuItem onClick={then(() => onFilter('ip', ip, false))}>Only this IP address</MenuItem>}
      {record.path && <MenuItem onClick={then(() => onFilter('path', record.path ?? '', false))}>Only this endpoint</MenuItem>}
      {record.reason && <MenuItem onClick={then(() => onFilter('reason', record.reason ?? '', false))}>Only this reason</MenuItem>}
      <Divider />
      <MenuItem onClick={then(() => void navigator.clipboard.writeText(record.requestId))}>Copy request ID</MenuItem>
      <MenuItem onClick={then(() => void navigator.clipboard.writeText(curlOf(record, window.location.origin)))}>Copy as curl</MenuItem>
      {revocable && <Divider />}
      {revocable && (
        <MenuItem onClick={then(() => onRevoke(apiKey))} sx={{ color: 'error.main' }}>
          Revoke {apiKey.name}…
        </MenuItem>
      )}
    </ActionMenu>
  );
}
