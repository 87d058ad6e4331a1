import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import Dialog from '@mui/material/Dialog';
import DialogActions from '@mui/material/DialogActions';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import FormControlLabel from '@mui/material/FormControlLabel';
import TextField from '@mui/material/TextField';
import { useId, useState, type SubmitEvent } from 'react';
import { useDataProvider } from 'react-admin';
import type { NewSavedView, SavedView } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView } from '../elements/ProblemView';

type Props = {
  /** What is renamed or shared; null: a new one is saved. */
  view: SavedView | null;
  content: Omit<NewSavedView, 'name' | 'shared'>;
  onClose: () => void;
  onSaved: (view: SavedView) => Promise<void>;
};

export function ViewDialog({ view, content, onClose, onSaved }: Props) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const titleId = useId();
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const typed = new FormData(event.currentTarget);
    const named = { name: (typed.get('name') as string).trim(), shared: typed.get('shared') !== null }; // the form has no files
    setState({ busy: true, error: null });
    try {
      await onSaved(view ? await dataProvider.changeView(view.id, named) : await dataProvider.saveView({ ...content, ...named }));
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <Dialog open onClose={() => !state.busy && onClose()} aria-labelledby={titleId} maxWidth="xs" fullWidth>
      <form onSubmit={(event) => void submit(event)}>
        <DialogTitle id={titleId} component="h2">
          {view ? `The view ${view.name}` : 'Save as a view'}
        </DialogTitle>
        <DialogContent style={{ display: 'grid', gridTemplateColumns: 'minmax(0, 1fr)', gap: 12, paddingTop: 8 }}>
          {state.error !== null && <ProblemView error={state.error} />}
          {!view && <span>The filter, the time range, the order, the columns and the height of the rows are kept.</span>}
          <TextField
            name="name"
            label="Name"
            required
            autoFocus
            defaultValue={view?.name ?? ''}
            slotProps={{ htmlInput: { maxLength: 80, pattern: '.*\\S.*' } }}
          />
          <FormControlLabel
            control={<Checkbox name="shared" size="small" defaultChecked={view?.shared ?? false} />}
            label="Share it with everybody who may read the log"
            slotProps={{ typography: { variant: 'body2' } }}
          />
        </DialogContent>
        <DialogActions>
          <Button onClick={onClose} disabled={state.busy}>
            Cancel
          </Button>
          <Button type="submit" variant="contained" disabled={state.busy}>
            {state.busy ? 'Saving…' : 'Save'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
