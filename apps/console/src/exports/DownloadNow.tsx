/** A few requests as a file, at once: nothing to wait for, and nothing that is signed or kept. What is more than it may hold is for an export. */
import Download from '@mui/icons-material/DownloadRounded';
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useState, type MouseEvent } from 'react';
import { useDataProvider } from 'react-admin';
import type { ConsoleDataProvider } from '../data-provider';
import { Notice } from '../elements/Notice';
import { problemOf, ProblemView } from '../elements/ProblemView';
import { saveFile } from '../elements/save-file';
import type { ExportFilter } from './export-words';

export const directFormats = ['csv', 'jsonl'] as const;
export type DirectFormat = (typeof directFormats)[number];
const what: Record<DirectFormat, string> = {
  csv: 'All columns, times in UTC, commas between cells; without a manifest.',
  jsonl: 'Without a manifest.',
};

const Frame = styled('div')(({ theme }) => ({
  display: 'grid',
  justifyItems: 'start',
  gap: 6,
  '& small': { fontSize: 12, lineHeight: '16px', color: theme.palette.tone.secondary },
}));

type Props = { format: DirectFormat; filterOf: (typed: FormData) => ExportFilter; onDone: () => void };

/** Stands in the form whose filter it takes. */
export function DownloadNow({ format, filterOf, onDone }: Props) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const download = async ({ currentTarget: { form } }: MouseEvent<HTMLButtonElement>): Promise<void> => {
    setState({ busy: true, error: null });
    try {
      const file = await dataProvider.downloadLogs({ ...filterOf(new FormData(form ?? undefined)), format });
      saveFile(`api-logs.${format}`, file);
      onDone();
    } catch (error) {
      setState({ busy: false, error });
    }
  };
  return (
    <Frame>
      {state.error !== null && (problemOf(state.error).code === 'too_many_rows' ? <TooMany /> : <ProblemView error={state.error} />)}
      <Button variant="outlined" startIcon={<Download />} disabled={state.busy} onClick={(event) => void download(event)}>
        {state.busy ? 'Downloading…' : 'Download now (up to 10,000 rows)'}
      </Button>
      <small>{what[format]}</small>
    </Frame>
  );
}

/** The form's own action is the way on. */
const TooMany = () => (
  <Notice tone="client" role="alert">
    <strong>More than 10,000 requests match</strong>
    <p>Nothing was downloaded, for it would not have been all of them. An export has no bound.</p>
    <div>
      <Button type="submit" variant="outlined">
        Export all of them
      </Button>
    </div>
  </Notice>
);
