import Divider from '@mui/material/Divider';
import MenuItem from '@mui/material/MenuItem';
import type { LogField } from '@pinebill/contract';
import { useNavigate } from 'react-admin';
import type { LogRecord } from '../api-types';
import type { RevocableKey } from '../api-keys/RevokeDialog';
import { ActionMenu } from '../elements/ActionMenu';
import { addressPage } from '../elements/Address';
import { useCan } from '../session/use-session';
import { curlOf } from './curl';
import { permalinkOf } from './permalink';
import type { FilterBy } from './Filterable';

export type RowMenuState = { record: LogRecord; anchor: HTMLElement };
type Props = {
  state: RowMenuState | null;
  onClose: () => void;
  onOpen: (id: string) => void;
  onFilter: FilterBy;
  onRevoke: (key: RevocableKey) => void;
  onSelect: (id: string) => void;
  onIncident: (record: LogRecord) => void;
};

type RowValue = { field: LogField; value: string; what: string };

/** What a click and Alt + click do in the cells, for whoever has no mouse. */
function valuesOf({ apiKey, ip, path, status, reason }: LogRecord): RowValue[] {
  const values: [LogField, string | null | undefined, string][] = [
    ['apiKeyId', apiKey?.id, 'key'],
    ['ip', ip, 'IP address'],
    ['path', path, 'endpoint'],
    ['status', status === null ? null : String(status), 'status'],
    ['reason', reason, 'reason'],
  ];
  return values.flatMap(([field, value, what]) => (value ? [{ field, value, what }] : []));
}

export function RowMenu({ state, onClose, onOpen, onFilter, onRevoke, onSelect, onIncident }: Props) {
  const mayOpenIncident = useCan('incidents:open');
  const mayRevoke = useCan('keys:write');
  const navigate = useNavigate();
  if (!state) return null;
  const { record, anchor } = state;
  const { apiKey, ip } = record;
  const then = (act: () => void) => () => {
    onClose();
    act();
  };
  const revocable = mayRevoke && apiKey !== null && (apiKey.currentState ?? apiKey.state) !== 'revoked';
  const copy = (text: string) => then(() => void navigator.clipboard.writeText(text));
  return (
    <ActionMenu label={`Actions for ${record.method ?? ''} ${record.path ?? ''}`} anchor={anchor} onClose={onClose}>
      <MenuItem onClick={then(() => onOpen(record.id))}>Open</MenuItem>
      <MenuItem onClick={then(() => onSelect(record.id))}>Select</MenuItem>
      {valuesOf(record).flatMap(({ field, value, what }) => [
        <MenuItem key={`only ${field}`} onClick={then(() => onFilter(field, value, false))}>
          Only this {what}
        </MenuItem>,
        <MenuItem key={`without ${field}`} onClick={then(() => onFilter(field, value, true))}>
          Without this {what}
        </MenuItem>,
      ])}
      <Divider />
      {ip && <MenuItem onClick={then(() => navigate(addressPage(ip)))}>About this IP address</MenuItem>}
      <MenuItem onClick={copy(record.requestId)}>Copy request ID</MenuItem>
      <MenuItem onClick={copy(permalinkOf(record.id))}>Copy link</MenuItem>
      <MenuItem onClick={copy(curlOf(record, window.location.origin))}>Copy as curl</MenuItem>
      {(revocable || mayOpenIncident) && <Divider />}
      {mayOpenIncident && <MenuItem onClick={then(() => onIncident(record))}>Open incident…</MenuItem>}
      {revocable && (
        <MenuItem onClick={then(() => onRevoke(apiKey))} sx={{ color: 'error.main' }}>
          Revoke {apiKey.name}…
        </MenuItem>
      )}
    </ActionMenu>
  );
}
