import MenuItem from '@mui/material/MenuItem';
import TextField from '@mui/material/TextField';
import { useState } from 'react';
import { LinkBase, useGetList, useNavigate } from 'react-admin';
import type { ApiKey, Baseline } from '../api-types';
import { FormDialog } from '../elements/FormDialog';
import { usagePath, useUsageCalls, useUsageChanged } from './usage-calls';

const everyKey = 'organization';

/** Whose use is described: of one key, or of all together. */
export function DraftDialog({ known, onClose }: { known: readonly Baseline[]; onClose: () => void }) {
  const { data = [] } = useGetList<ApiKey>('api-keys', { pagination: { page: 1, perPage: 200 } }, { retry: false });
  const [whose, setWhose] = useState(everyKey);
  const calls = useUsageCalls();
  const changed = useUsageChanged();
  const navigate = useNavigate();
  const mine = known.filter(({ apiKey }) => (apiKey?.id ?? everyKey) === whose);
  const [draft, inForce] = [mine.find(({ state }) => state === 'draft'), mine.find(({ state }) => state === 'approved')];
  return (
    <FormDialog
      title="Draft normal usage"
      action="Draft from the log"
      busy="Reading the log…"
      onSubmit={async () => {
        const { id } = await calls.draft(whose === everyKey ? null : whose);
        await changed();
        navigate(usagePath(id));
      }}
      onClose={onClose}
    >
      <span>
        What succeeded in the last four weeks is put into words. You read it, put it right and approve it; until then nothing goes by it.
      </span>
      <TextField select label="Whose use?" value={whose} onChange={({ target }) => setWhose(target.value)}>
        <MenuItem value={everyKey}>All keys of the organization</MenuItem>
        {data
          .filter(({ state }) => state !== 'revoked')
          .map(({ id, name, masked }) => (
            <MenuItem key={id} value={id}>
              {name} ({masked})
            </MenuItem>
          ))}
      </TextField>
      {draft && (
        <span>
          There is a draft of it already: <LinkBase to={usagePath(draft.id)}>go on with version {draft.version}</LinkBase>, or delete it
          first.
        </span>
      )}
      {!draft && inForce && (
        <span>
          <LinkBase to={usagePath(inForce.id)}>Version {inForce.version} is in force</LinkBase>. To change something in it, open it: a draft
          from the log knows nothing of what people wrote there.
        </span>
      )}
    </FormDialog>
  );
}
