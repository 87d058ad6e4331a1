/** The own second factor in the settings: set up, renew the recovery codes, remove. */
import Button from '@mui/material/Button';
import Dialog from '@mui/material/Dialog';
import DialogContent from '@mui/material/DialogContent';
import DialogTitle from '@mui/material/DialogTitle';
import TextField from '@mui/material/TextField';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState, type ReactNode, type SubmitEvent } from 'react';
import { useDataProvider } from 'react-admin';
import type { Proof, SecondFactorView } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Part, Row, Stack } from '../layout/Page';
import { RecoveryCodeList } from '../session/RecoveryCodeList';
import { SecondFactorSetup } from '../session/SecondFactorSetup';
import { useRefreshSession } from '../session/use-session';

type Open = { dialog: 'set-up' | 'renew' | 'remove' } | { dialog: 'codes'; codes: readonly string[] } | null;

export function SecondFactorPart() {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const queryClient = useQueryClient();
  const refresh = useRefreshSession();
  const { data, error, refetch } = useQuery({ queryKey: ['second-factor'], queryFn: () => dataProvider.secondFactor(), retry: false });
  const [open, setOpen] = useState<Open>(null);
  /** While codes are shown nothing else closes the dialog. */
  const [held, setHeld] = useState(false);
  const close = async (): Promise<void> => {
    setOpen(null);
    setHeld(false);
    await queryClient.invalidateQueries({ queryKey: ['second-factor'] });
    await refresh();
  };
  const renew = async (proof: Proof): Promise<void> => {
    setOpen({ dialog: 'codes', codes: (await dataProvider.renewRecoveryCodes(proof)).recoveryCodes });
    setHeld(true);
  };
  const remove = async (proof: Proof): Promise<void> => {
    await dataProvider.removeSecondFactor(proof);
    await close();
  };
  const cancel = (): void => setOpen(null);
  return (
    <Part>
      <h2>Second factor</h2>
      <p>A code from an app beside the password: who has learnt your password alone does not get in.</p>
      {error && <ProblemView error={error} retry={() => void refetch()} />}
      {data && !data.enrolled && (
        <Button variant="outlined" onClick={() => setOpen({ dialog: 'set-up' })}>
          Set up a second factor…
        </Button>
      )}
      {data?.enrolled && (
        <Enrolled factor={data} onRenew={() => setOpen({ dialog: 'renew' })} onRemove={() => setOpen({ dialog: 'remove' })} />
      )}
      {open?.dialog === 'set-up' && (
        <Ask title="Set up a second factor" onClose={held ? null : cancel}>
          <SecondFactorSetup onCodes={() => setHeld(true)} onDone={() => void close()} />
        </Ask>
      )}
      {open?.dialog === 'codes' && (
        <Ask title="Your new recovery codes" onClose={null}>
          <RecoveryCodeList codes={open.codes} onSaved={() => void close()} />
        </Ask>
      )}
      {open?.dialog === 'renew' && (
        <Ask title="Make new recovery codes?" onClose={cancel}>
          <ProofForm verb="Make new codes" onProof={renew} onCancel={cancel}>
            The ten that you have now will be void.
          </ProofForm>
        </Ask>
      )}
      {open?.dialog === 'remove' && (
        <Ask title="Remove the second factor?" onClose={cancel}>
          <ProofForm danger verb="Remove" onProof={remove} onCancel={cancel}>
            The password alone will let you in again. Your other sessions end.
          </ProofForm>
        </Ask>
      )}
    </Part>
  );
}

function Enrolled({ factor, onRenew, onRemove }: { factor: SecondFactorView; onRenew: () => void; onRemove: () => void }) {
  return (
    <Stack>
      <span>
        On since {factor.enrolledAt && <TimeStamp at={factor.enrolledAt} relative />}. {factor.recoveryCodesLeft} of 10 recovery codes left.
      </span>
      <Row>
        <Button variant="outlined" onClick={onRenew}>
          New recovery codes…
        </Button>
        <Button variant="outlined" color="error" onClick={onRemove}>
          Remove…
        </Button>
      </Row>
    </Stack>
  );
}

function Ask({ title, onClose, children }: { title: string; onClose: (() => void) | null; children: ReactNode }) {
  return (
    <Dialog open {...(onClose ? { onClose } : {})} aria-labelledby="second-factor-title" maxWidth="xs" fullWidth>
      <DialogTitle id="second-factor-title" component="h2">
        {title}
      </DialogTitle>
      <DialogContent style={{ fontSize: 13, lineHeight: '20px' }}>{children}</DialogContent>
    </Dialog>
  );
}

type ProofFormProps = {
  verb: string;
  danger?: boolean;
  children: ReactNode;
  onProof: (proof: Proof) => Promise<void>;
  onCancel: () => void;
};

/** Neither a session nor the password is enough: whoever sits down at an open browser, or has learnt both, changes nothing here. */
function ProofForm({ verb, danger = false, children, onProof, onCancel }: ProofFormProps) {
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const submit = async (event: SubmitEvent<HTMLFormElement>): Promise<void> => {
    event.preventDefault();
    const code = new FormData(event.currentTarget).get('code') as string;
    setState({ busy: true, error: null });
    try {
      await onProof({ code });
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <Stack>
        <span>{children}</span>
        {state.error !== null && <ProblemView error={state.error} />}
        <TextField
          name="code"
          label="Code of the app, or a recovery code"
          autoComplete="one-time-code"
          helperText="Lost both? An admin can reset your second factor."
          autoFocus
          required
          fullWidth
        />
        <Row style={{ justifyContent: 'flex-end' }}>
          <Button onClick={onCancel}>Cancel</Button>
          <Button type="submit" variant="contained" {...(danger ? { color: 'error' } : {})} disabled={state.busy}>
            {verb}
          </Button>
        </Row>
      </Stack>
    </form>
  );
}
