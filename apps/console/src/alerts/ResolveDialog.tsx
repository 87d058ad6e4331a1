import TextField from '@mui/material/TextField';
import type { Alert } from '../api-types';
import { FormDialog } from '../elements/FormDialog';
import { useAlertCalls, useAlertsChanged } from './alert-calls';

/** What it was helps whoever sees the next one. */
export function ResolveDialog({ alert: { id, title }, onClose }: { alert: Pick<Alert, 'id' | 'title'>; onClose: () => void }) {
  const [calls, changed] = [useAlertCalls(), useAlertsChanged()];
  const resolve = async (typed: FormData): Promise<void> => {
    const said = (typed.get('resolution') as string).trim();
    await calls.resolve(id, said === '' ? null : said);
    await changed();
    onClose();
  };
  return (
    <FormDialog title="Resolve alert" action="Resolve" busy="Resolving…" onSubmit={resolve} onClose={onClose}>
      <span>{title}</span>
      <TextField
        name="resolution"
        label="What was it?"
        placeholder="A deploy with an old key; it was replaced."
        helperText="When it happens again, the rule opens another alert."
        autoFocus
        slotProps={{ htmlInput: { maxLength: 500 } }}
      />
    </FormDialog>
  );
}
