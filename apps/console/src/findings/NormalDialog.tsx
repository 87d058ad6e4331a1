import TextField from '@mui/material/TextField';
import { useState } from 'react';
import type { FindingDetail } from '../api-types';
import { FormDialog } from '../elements/FormDialog';
import { useFindingCalls, useFindingChanged } from './finding-calls';

/** Why it is normal is asked for: whoever comes after wants to know. */
export function NormalDialog({ finding, onClose }: { finding: FindingDetail; onClose: () => void }) {
  const [because, setBecause] = useState('');
  const calls = useFindingCalls();
  const changed = useFindingChanged();
  return (
    <FormDialog
      title="This is normal"
      action="It is normal"
      busy="Saving…"
      disabled={because.trim() === ''}
      onSubmit={async () => {
        await calls.callNormal(finding.id, because.trim());
        await changed();
        onClose();
      }}
      onClose={onClose}
    >
      <span>
        The same is not found again for {finding.subject.name}; what goes well beyond it still is. Your name and the reason stay with the
        finding, and it can be taken back.
      </span>
      <TextField
        autoFocus
        label="Why is it normal?"
        value={because}
        onChange={({ target }) => setBecause(target.value)}
        slotProps={{ htmlInput: { maxLength: 500 } }}
      />
    </FormDialog>
  );
}
