/** One text is asked for, and something is done with it. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useId, useState, type ReactNode } from 'react';
import { ProblemView } from '../elements/ProblemView';
import { useDeed } from './use-deed';

type Props = {
  title: string;
  label: string;
  /** The verb on the button. */
  action: string;
  start?: string;
  children?: ReactNode;
  onSave: (text: string) => Promise<unknown>;
  onClose: () => void;
};

export function TextDialog({ title, label, action, start = '', children, onSave, onClose }: Props) {
  const [text, setText] = useState(start);
  const titleId = useId();
  const deed = useDeed(onClose);
  return (
    <Dialog open onClose={() => !deed.busy && onClose()} aria-labelledby={titleId} maxWidth="xs" fullWidth>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void deed.run(() => onSave(text.trim()));
        }}
      >
        <DialogTitle id={titleId} component="h2">
          {title}
        </DialogTitle>
        <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 12, paddingTop: 8 }}>
          {deed.error !== null && <ProblemView error={deed.error} />}
          {children}
          <TextField
            label={label}
            required
            autoFocus
            multiline
            minRows={2}
            value={text}
            onChange={({ target }) => setText(target.value)}
            slotProps={{ htmlInput: { maxLength: 1_000 } }}
          />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={deed.busy}>
            Cancel
          </Button>
          <Button type="submit" variant="contained" disabled={deed.busy || text.trim() === ''}>
            {action}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
