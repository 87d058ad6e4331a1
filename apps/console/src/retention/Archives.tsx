/** What is kept elsewhere of what retention takes: where to, what is there, and looking into it. */
import Button from '@mui/material/Button';
import TextField from '@mui/material/TextField';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useInfiniteGetList } from 'react-admin';
import type { ArchiveSetting, ArchiveView } from '../api-types';
import { Chip } from '../elements/Chip';
import { DataTable } from '../elements/DataTable';
import { countText, sizeText } from '../elements/figures';
import { MonoText } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';
import { useCan } from '../session/use-session';
import { ArchiveSearch } from './ArchiveSearch';
import { useRetentionCalls } from './retention-calls';

const PAGE = { page: 1, perPage: 20 };
const places = { directory: 'A directory', s3: 'A bucket' } as const;
const states: Record<ArchiveView['state'], { tone: 'success' | 'server' | 'unknown'; text: string }> = {
  verified: { tone: 'success', text: 'Verified' },
  failed: { tone: 'server', text: 'Failed' },
  writing: { tone: 'unknown', text: 'Being written' },
};

function Where({ setting }: { setting: ArchiveSetting }) {
  const calls = useRetentionCalls();
  const queryClient = useQueryClient();
  const mayChange = useCan('holds:write');
  const [error, setError] = useState<unknown>(null);
  const change = async (archiveTo: ArchiveSetting['archiveTo']): Promise<void> => {
    setError(null);
    try {
      queryClient.setQueryData(['archive-setting'], await calls.archiveTo(archiveTo));
    } catch (refused) {
      setError(refused);
    }
  };
  if (setting.destinations.length === 0 && setting.archiveTo === null)
    return <p>There is no place to archive to. Whoever runs PineBill can set up a directory or a bucket.</p>;
  const choices = [...new Set([...setting.destinations, ...(setting.archiveTo === null ? [] : [setting.archiveTo])])];
  return (
    <div style={{ maxWidth: 360, marginBottom: 14 }}>
      <TextField
        label="Archive to"
        select
        fullWidth
        disabled={!mayChange}
        value={setting.archiveTo ?? ''}
        onChange={({ target }) => void change(target.value === '' ? null : (target.value as 'directory' | 's3'))}
        slotProps={{ select: { native: true }, inputLabel: { shrink: true } }}
      >
        <option value="">Nowhere: what is purged is gone</option>
        {choices.map((name) => (
          <option key={name} value={name}>
            {places[name]}
          </option>
        ))}
      </TextField>
      {error !== null && <ProblemView error={error} />}
    </div>
  );
}

export function Archives() {
  const calls = useRetentionCalls();
  const setting = useQuery({ queryKey: ['archive-setting'], queryFn: () => calls.archiveSetting(), retry: false });
  const list = useInfiniteGetList<ArchiveView>('archives', { pagination: PAGE }, { retry: false });
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? [];
  const error = setting.error ?? list.error;
  return (
    <Part>
      <h2>Archives</h2>
      <p>
        With a place to archive to, the purge waits: it takes only what was written there as Parquet, brought back, and found right. What is
        archived can be looked into here; what becomes of the files is up to you.
      </p>
      {error && <ProblemView error={error} retry={() => void Promise.all([setting.refetch(), list.refetch()])} />}
      {setting.data && <Where setting={setting.data} />}
      {rows.length > 0 && (
        <DataTable label="Archives">
          <thead>
            <tr>
              <th scope="col">Records of</th>
              <th scope="col" className="number">
                Records
              </th>
              <th scope="col" className="number">
                Size
              </th>
              <th scope="col">File</th>
              <th scope="col">State</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={one.id}>
                <td className="fit">
                  <span>
                    <TimeStamp at={one.oldestAt} /> – <TimeStamp at={one.newestAt} />
                  </span>
                </td>
                <td className="fit number" data-label="Records">
                  {countText(one.records)}
                </td>
                <td className="fit number" data-label="Size">
                  {sizeText(one.bytes)}
                </td>
                <td style={{ width: '100%' }} data-label="File" title={one.sha256 ? `SHA-256 ${one.sha256}` : undefined}>
                  <MonoText>{one.file}</MonoText>
                </td>
                <td className="fit" data-label="State" title={one.failure ?? undefined}>
                  <Chip tone={states[one.state].tone}>{states[one.state].text}</Chip>
                </td>
              </tr>
            ))}
          </tbody>
        </DataTable>
      )}
      {list.hasNextPage && (
        <Button style={{ marginTop: 14 }} onClick={() => void list.fetchNextPage()}>
          Show older archives
        </Button>
      )}
      {rows.some(({ state }) => state === 'verified') && <ArchiveSearch />}
    </Part>
  );
}
