/** What became of a revocation: since when it holds, which processes have said so. While one has not, it is asked again. */
import { useQuery } from '@tanstack/react-query';
import { useDataProvider } from 'react-admin';
import type { RevokeResult } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { FactList } from '../elements/FactList';
import { KeyName } from '../elements/KeyName';
import { MonoText } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { TimeStamp } from '../elements/TimeStamp';
import type { RevocableKey } from './RevokeDialog';

const ASK_AGAIN_MS = 3_000;

type Process = RevokeResult['processes'][number];

function ProcessState({ process: { confirmedAt, settledBy } }: { process: Process }) {
  switch (settledBy) {
    case 'confirmation':
      return (
        <>
          confirmed <TimeStamp at={confirmedAt} />
        </>
      );
    case 'stop':
      return 'has stopped';
    case 'expiry':
      return 'said nothing, and remembers the key no more';
    case null:
      return 'has not confirmed yet';
  }
}

export function Processes({ processes }: { processes: readonly Process[] }) {
  const certain = processes.filter(({ settledBy }) => settledBy !== null).length;
  return (
    <>
      {certain} of {processes.length} {processes.length === 1 ? 'process' : 'processes'}
      <ul style={{ listStyle: 'none', margin: 0, padding: 0 }}>
        {processes.map((process, index) => (
          <li key={index}>
            <MonoText>{process.id}</MonoText> <ProcessState process={process} />
          </li>
        ))}
      </ul>
    </>
  );
}

export function RevocationOutcome({ outcome, apiKey, reason }: { outcome: RevokeResult; apiKey: RevocableKey; reason: string }) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  const { data } = useQuery({
    queryKey: ['revocation', apiKey.id],
    // Repeating a revocation changes nothing, and tells what has become known meanwhile.
    queryFn: () => dataProvider.revokeKey(apiKey.id, reason),
    initialData: outcome,
    staleTime: Infinity,
    retry: false,
    refetchInterval: ({ state }) => (state.data?.effectiveAt === null ? ASK_AGAIN_MS : false),
  });
  const { revokedAt, effectiveAt, lastAcceptedAt, asOf, processes } = data;
  return (
    <>
      <Notice tone={effectiveAt === null ? 'client' : 'success'}>
        <strong>{effectiveAt === null ? 'Revoked; waiting for every process to confirm' : 'Revoked and in force'}</strong>
        {effectiveAt === null ? (
          <p>
            A process that has not confirmed may be gone, or cut off from the database and accept the key for 35 seconds after the
            revocation. To be certain at once, stop it. This view follows by itself.
          </p>
        ) : (
          <p>
            Every further call with <KeyName {...apiKey} /> is refused with 401 and stays in the log.
          </p>
        )}
      </Notice>
      <FactList
        facts={[
          { label: 'Revoked at', value: <TimeStamp at={revokedAt} /> },
          { label: 'In force at', value: <TimeStamp at={effectiveAt} missing="Not certain yet" /> },
          { label: 'Last accepted', value: <TimeStamp at={lastAcceptedAt} missing="No accepted call is known" /> },
          (asOf === null || asOf < revokedAt) && {
            label: 'Log known until',
            value: <TimeStamp at={asOf} missing="Not certain: a process has records that are not stored yet" />,
          },
          processes.length > 0 && { label: 'Holds in', value: <Processes processes={processes} /> },
        ]}
      />
    </>
  );
}
