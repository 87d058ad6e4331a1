import Dialog from '@mui/material/Dialog';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import { FactList } from '../elements/FactList';
import { shortcuts } from './use-list-keys';

export function ShortcutsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog open onClose={onClose} aria-labelledby="shortcuts-title" maxWidth="xs" fullWidth>
      <DialogTitle id="shortcuts-title">Keyboard</DialogTitle>
      <DialogContent>
        <FactList facts={shortcuts.map(([keys, what]) => ({ label: keys, value: what }))} />
      </DialogContent>
    </Dialog>
  );
}
