/** Who would be refused if the key stopped working now: its callers, less those who have moved to its successor. */
import { useQuery } from '@tanstack/react-query';
import { LinkBase, useDataProvider } from 'react-admin';
import type { CutOver } from '../api-types';
import type { ConsoleDataProvider } from '../data-provider';
import { addressPage } from '../elements/Address';
import { MonoText } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { TimeStamp } from '../elements/TimeStamp';

const shown = 5;
/** While something may be missing. */
const ASK_AGAIN_MS = 5_000;

/** Under the key of the resource, so that whatever changes keys asks again. */
export function useCutOver(id: string) {
  const dataProvider = useDataProvider<ConsoleDataProvider>();
  return useQuery({
    queryKey: ['api-keys', 'cutOver', id],
    queryFn: () => dataProvider.cutOver(id),
    retry: false,
    refetchInterval: ({ state }) => (state.data?.complete === false ? ASK_AGAIN_MS : false),
  });
}

export function CallerName({ network, agent }: { network: string | null; agent: string | null }) {
  return (
    <>
      {network === null ? (
        <MonoText>unknown address</MonoText>
      ) : (
        <LinkBase to={addressPage(network)}>
          <MonoText>{network}</MonoText>
        </LinkBase>
      )}{' '}
      {agent ?? <em>no user agent</em>}
    </>
  );
}

function Breaking({ board }: { board: CutOver }) {
  const remaining = board.callers.filter(({ lastOld, moved }) => lastOld !== null && !moved);
  const more = board.remainingCallers - Math.min(remaining.length, shown);
  return (
    <>
      <strong>
        {board.remainingCallers} {board.remainingCallers === 1 ? 'caller' : 'callers'} would be refused
      </strong>
      <ul style={{ margin: '4px 0 0', paddingLeft: 18 }}>
        {remaining.slice(0, shown).map((caller) => (
          <li key={`${caller.network} ${caller.agent}`}>
            <CallerName {...caller} />, last <TimeStamp at={caller.lastOld} relative />
          </li>
        ))}
        {more > 0 && <li>and {more} more</li>}
      </ul>
    </>
  );
}

export function CallersNotice({ apiKeyId }: { apiKeyId: string }) {
  const { data: board, error } = useCutOver(apiKeyId);
  // Of a successor the board tells who is on the key before it: that is another question.
  const isAsked = board?.old.id === apiKeyId;
  if (error || (board && !isAsked))
    return <Notice tone="client">Who used it lately is in the API log. Look there first if programs depend on it.</Notice>;
  if (!board) return <Notice tone="client">Looking up who used it lately…</Notice>;
  if (board.remainingCallers > 0) {
    return (
      <Notice tone="client">
        <Breaking board={board} />
      </Notice>
    );
  }
  const moved = board.movedCallers > 0 ? 'Everybody who used it has moved to its successor.' : 'Nobody used it in the last days.';
  return (
    <Notice tone={board.safeToRevoke ? 'success' : 'client'}>
      {board.complete ? moved : 'Some records may not be in the log yet, so it is not known whether anybody used it lately.'}
    </Notice>
  );
}
