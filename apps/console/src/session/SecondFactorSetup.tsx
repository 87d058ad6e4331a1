/** Secret, first code, recovery codes: the way to a second factor, in a settings dialog or instead of everything else. */
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useState, type SubmitEvent } from 'react';
import { useDataProvider } from 'react-admin';
import type { SecondFactorEnrolment } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { Mono } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { Row, Stack } from '../layout/Page';
import { QrCode } from './QrCode';
import { RecoveryCodeList } from './RecoveryCodeList';

type Step = { name: 'begin' } | { name: 'scan'; enrolment: SecondFactorEnrolment } | { name: 'codes'; codes: readonly string[] };
type Props = { /** It is on, and the codes are saved. */ onDone: () => void; /** There are codes to be saved now. */ onCodes?: () => void };

export function SecondFactorSetup({ onDone, onCodes }: Props) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [step, setStep] = useState<Step>({ name: 'begin' });
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const go = async (work: () => Promise<Step>): Promise<void> => {
    setState({ busy: true, error: null });
    try {
      setStep(await work());
      setState({ busy: false, error: null });
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  const begin = () => go(async () => ({ name: 'scan', enrolment: await dataProvider.enrolSecondFactor() }));
  const confirm = (code: string) =>
    go(async () => {
      const { recoveryCodes } = await dataProvider.confirmSecondFactor(code);
      onCodes?.();
      return { name: 'codes', codes: recoveryCodes };
    });
  if (step.name === 'codes') return <RecoveryCodeList codes={step.codes} onSaved={onDone} />;
  return (
    <Stack>
      {state.error !== null && <ProblemView error={state.error} />}
      {step.name === 'begin' ? (
        <>
          <span>You need an authenticator app on your phone or in your password manager; any that knows TOTP works.</span>
          <Button variant="contained" disabled={state.busy} onClick={() => void begin()}>
            Show the QR code
          </Button>
        </>
      ) : (
        <Scan enrolment={step.enrolment} busy={state.busy} onCode={(code) => void confirm(code)} />
      )}
    </Stack>
  );
}

function Scan({ enrolment, busy, onCode }: { enrolment: SecondFactorEnrolment; busy: boolean; onCode: (code: string) => void }) {
  const submit = (event: SubmitEvent<HTMLFormElement>): void => {
    event.preventDefault();
    onCode(new FormData(event.currentTarget).get('code') as string);
  };
  return (
    <form onSubmit={submit}>
      <Stack>
        <span>1. Scan this with the app.</span>
        <Row style={{ justifyContent: 'center' }}>
          <QrCode text={enrolment.otpauthUrl} label="QR code for the authenticator app" />
        </Row>
        <span>
          It cannot be scanned? Type this key: <Mono copyLabel="Copy key">{enrolment.secret}</Mono>
        </span>
        <span>2. Type the six digits that the app shows now.</span>
        <TextField
          name="code"
          label="Code"
          autoComplete="one-time-code"
          autoFocus
          required
          fullWidth
          slotProps={{ htmlInput: { inputMode: 'numeric', maxLength: 10 } }}
        />
        <Button type="submit" variant="contained" disabled={busy}>
          {busy ? 'Switching on…' : 'Switch on'}
        </Button>
      </Stack>
    </form>
  );
}
