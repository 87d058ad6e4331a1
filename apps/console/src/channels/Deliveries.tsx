/** What was delivered to a channel, the last first: each attempt, what was answered, and again on request. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useInfiniteQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Channel, ChannelDelivery } from '../api-types';
import { Chip } from '../elements/Chip';
import { MonoText } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';
import { TimeStamp } from '../elements/TimeStamp';
import { useChannelCalls } from './channel-calls';
import { deliveryStates, eventWords, sentence } from './channel-words';

/** What waits is sent within a second or two; what failed waits longer, and what is new comes by itself. */
const WAITING_MS = 2_000;
const ASK_EVERY_MS = 5_000;

const List = styled('ol')(({ theme }) => ({
  listStyle: 'none',
  margin: '8px 0 0',
  padding: 0,
  fontSize: 13,
  lineHeight: '20px',
  '& > li': { padding: '10px 0', borderTop: `1px solid ${theme.palette.tone.line}` },
  '& summary': { cursor: 'pointer', color: theme.palette.tone.secondary, fontSize: 12, width: 'fit-content' },
  '& small, & p': { margin: 0, fontSize: 12, color: theme.palette.tone.muted, overflowWrap: 'anywhere' },
  '& pre': { margin: '4px 0 0', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere', fontSize: 12, color: theme.palette.tone.secondary },
}));
const Line = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: 8, alignItems: 'center', '& > :last-child': { marginLeft: 'auto' } });
const Head = styled('h3')({ margin: '24px 0 0', fontSize: 13, fontWeight: 600, lineHeight: '20px' });

export const deliveriesKey = (id: string) => ['channel-deliveries', id];

function Attempt({ attempt }: { attempt: ChannelDelivery['attempts'][number] }) {
  const { number, at, durationMs, status, error, answer, recipient } = attempt;
  const facts = [status === null ? null : String(status), durationMs === null ? null : `${durationMs} ms`, error].filter(Boolean);
  return (
    <li>
      {recipient ?? `${number}.`} <TimeStamp at={at} /> <small>{facts.join(' · ')}</small>
      {answer !== '' && <pre aria-label={`Answer of attempt ${number}`}>{answer}</pre>}
    </li>
  );
}

type ItemProps = { delivery: ChannelDelivery; onReplay: (() => Promise<unknown>) | null };

function Item({ delivery, onReplay }: ItemProps) {
  const [state, setState] = useState<{ busy: boolean; error: unknown }>({ busy: false, error: null });
  const { text, tone } = deliveryStates[delivery.state];
  const replay = async (): Promise<void> => {
    setState({ busy: true, error: null });
    const error: unknown = await onReplay?.().then(
      () => null,
      (refused: unknown) => refused,
    );
    setState({ busy: false, error });
  };
  return (
    <li>
      <Line>
        <Chip tone={tone}>{text}</Chip>
        <span>{delivery.event === 'test' ? eventWords.test : delivery.title}</span>
        <small>
          <TimeStamp at={delivery.createdAt} relative />
        </small>
        <span>
          {onReplay && delivery.event !== 'test' && delivery.state !== 'queued' && (
            <Button size="small" disabled={state.busy} onClick={() => void replay()} aria-label={`Deliver again: ${delivery.title}`}>
              {state.busy ? 'Asking…' : 'Deliver again'}
            </Button>
          )}
        </span>
      </Line>
      {delivery.event !== 'test' && <p>{eventWords[delivery.event]}</p>}
      {delivery.why !== null && <p>{sentence(delivery.why)}</p>}
      {delivery.nextAttemptAt !== null && (
        <p>
          Tried again <TimeStamp at={delivery.nextAttemptAt} relative />
        </p>
      )}
      {state.error !== null && <ProblemView error={state.error} />}
      <details>
        <summary>
          {delivery.attempts.length === 1 ? '1 attempt' : `${delivery.attempts.length} attempts`}, <MonoText>{delivery.id}</MonoText>
        </summary>
        <ol style={{ listStyle: 'none', padding: 0, margin: '4px 0 0' }}>
          {delivery.attempts.map((attempt) => (
            <Attempt key={attempt.number} attempt={attempt} />
          ))}
        </ol>
      </details>
    </li>
  );
}

export function Deliveries({ channel, mayChange }: { channel: Channel; mayChange: boolean }) {
  const calls = useChannelCalls();
  const queryClient = useQueryClient();
  const list = useInfiniteQuery({
    queryKey: deliveriesKey(channel.id),
    queryFn: ({ pageParam }) => calls.deliveries(channel.id, pageParam),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    retry: false,
    refetchInterval: ({ state }) =>
      state.data?.pages.some(({ data }) => data.some((one) => one.state === 'queued')) ? WAITING_MS : ASK_EVERY_MS,
  });
  const rows = list.data?.pages.flatMap(({ data }) => data) ?? [];
  const replay = async (delivery: string): Promise<void> => {
    await calls.replay(channel.id, delivery);
    await queryClient.invalidateQueries({ queryKey: deliveriesKey(channel.id) });
  };
  return (
    <section>
      <Head>Deliveries of the last 30 days</Head>
      {list.error && <ProblemView error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <p>Loading…</p>}
      {list.data && rows.length === 0 && <p>None yet. A test shows whether it arrives.</p>}
      {rows.length > 0 && (
        <List aria-label="Deliveries">
          {rows.map((delivery) => (
            <Item key={delivery.id} delivery={delivery} onReplay={mayChange && channel.enabled ? () => replay(delivery.id) : null} />
          ))}
        </List>
      )}
      {list.hasNextPage && (
        <Button variant="outlined" size="small" disabled={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show older deliveries
        </Button>
      )}
    </section>
  );
}
