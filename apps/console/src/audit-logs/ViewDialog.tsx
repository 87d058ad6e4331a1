import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import TextField from '@mui/material/TextField';
import { useDataProvider } from 'react-admin';
import type { NewSavedView, SavedView } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { FormDialog } from '../elements/FormDialog';

type Props = {
  /** What is renamed or shared; null: a new one is saved. */
  view: SavedView | null;
  content: Omit<NewSavedView, 'name' | 'shared'>;
  onClose: () => void;
  onSaved: (view: SavedView) => Promise<void>;
};

export function ViewDialog({ view, content, onClose, onSaved }: Props) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const save = async (typed: FormData): Promise<void> => {
    const named = { name: (typed.get('name') as string).trim(), shared: typed.get('shared') !== null }; // the form has no files
    await onSaved(view ? await dataProvider.changeView(view.id, named) : await dataProvider.saveView({ ...content, ...named }));
  };
  return (
    <FormDialog title={view ? `The view ${view.name}` : 'Save as a view'} action="Save" busy="Saving…" onSubmit={save} onClose={onClose}>
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
    </FormDialog>
  );
}
