import Button from '@mui/material/Button';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import { useEffect, useState } from 'react';
import { Notice } from '../elements/Notice';
import { CodeBlock } from '../elements/Mono';
import { saveFile } from '../elements/save-file';
import { Row, Stack } from '../layout/Page';

const download = (text: string): void => saveFile('pinebill-recovery-codes.txt', new Blob([text], { type: 'text/plain' }));

/** The only time recovery codes are shown: leaving the page asks first. */
export function RecoveryCodeList({ codes, onSaved }: { codes: readonly string[]; onSaved: () => void }) {
  const [saved, setSaved] = useState(false);
  const text = codes.join('\n');
  useEffect(() => {
    const hold = (event: BeforeUnloadEvent): void => event.preventDefault();
    window.addEventListener('beforeunload', hold);
    return () => window.removeEventListener('beforeunload', hold);
  }, []);
  return (
    <Stack>
      <Notice tone="client">
        <strong>Save these recovery codes now. They are not shown again.</strong>
        <p>Each lets you in once when the app is not at hand. Keep them where you keep passwords, not on the device with the app.</p>
      </Notice>
      <CodeBlock code={text} label="recovery codes" />
      <Row>
        <Button variant="outlined" onClick={() => download(`PineBill recovery codes\n\n${text}\n`)}>
          Download as text
        </Button>
      </Row>
      <FormControlLabel control={<Checkbox checked={saved} onChange={(_, on) => setSaved(on)} />} label="I have saved them" />
      <Button variant="contained" disabled={!saved} onClick={onSaved}>
        Done
      </Button>
    </Stack>
  );
}
