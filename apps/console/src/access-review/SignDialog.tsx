import TextField from '@mui/material/TextField';
import { useDataProvider } from 'react-admin';
import type { AccessReview, ReviewView } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { FormDialog } from '../elements/FormDialog';

type Props = { review: AccessReview; onClose: () => void; onSigned: (review: ReviewView) => void };

/** Signed is what is on the page: when access has changed since, the API refuses and says so. */
export function SignDialog({ review: { basis, concerns }, onClose, onSigned }: Props) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const sign = async (typed: FormData): Promise<void> => {
    const note = (typed.get('note') as string).replace(/\s+/g, ' ').trim(); // the form has no files
    onSigned(await dataProvider.signReview({ basis, ...(note === '' ? {} : { note }) }));
  };
  const open = concerns.length === 1 ? 'One thing stands out' : `${concerns.length} things stand out`;
  return (
    <FormDialog title="Sign off the access review" action="Sign off" busy="Signing…" onSubmit={sign} onClose={onClose}>
      <span>
        You say that you have looked at who has access. What is on the page is kept with your name, the time and a hash; nobody can change
        or delete it.
        {concerns.length > 0 && ` ${open}: say what you do about it, or deal with it first.`}
      </span>
      <TextField name="note" label="Note" multiline minRows={2} autoFocus slotProps={{ htmlInput: { maxLength: 2_000 } }} />
    </FormDialog>
  );
}
