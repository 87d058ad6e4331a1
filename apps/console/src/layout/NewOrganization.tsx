import TextField from '@mui/material/TextField';
import { useDataProvider } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { FormDialog } from '../elements/FormDialog';

/** Made and entered in one step: whoever makes it has something to do there. */
export function NewOrganization({ onClose, onMade }: { onClose: () => void; onMade: (id: string) => void }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const make = async (typed: FormData): Promise<void> => {
    const { id } = await dataProvider.foundOrganization(typed.get('name') as string); // the form has no files
    onMade(id);
  };
  return (
    <FormDialog title="New organization" action="Make and open" busy="Making…" onSubmit={make} onClose={onClose}>
      <span>It has keys, a log and members of its own; nobody of this organization sees them. You become its first admin.</span>
      <TextField name="name" label="Name" required autoFocus slotProps={{ htmlInput: { maxLength: 120 } }} />
    </FormDialog>
  );
}
