/** One channel: where it leads, how it does, a test of it, and what was delivered. */
import { defaultSecretOverlapSeconds } from '@pinebill/contract';
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useAlertCalls } from '../alerts/alert-calls';
import type { Channel, ChannelDelivery } from '../api-types';
import { Chip } from '../elements/Chip';
import { ConfirmDanger } from '../elements/ConfirmDanger';
import { FactList } from '../elements/FactList';
import { Mono, MonoText } from '../elements/Mono';
import { Notice } from '../elements/Notice';
import { ProblemView } from '../elements/ProblemView';
import { SidePanel } from '../elements/SidePanel';
import { TimeStamp } from '../elements/TimeStamp';
import { useChannelCalls } from './channel-calls';
import { kindWords, sentence, stateOf, targetOf } from './channel-words';
import type { NewSecret } from './ChannelSecretDialog';
import { Deliveries, deliveriesKey } from './Deliveries';

const Buttons = styled('div')({ display: 'flex', flexWrap: 'wrap', gap: 8, margin: '16px 0' });

type Props = {
  channel: Channel;
  /** An admin, on a plan that has alerts. */
  maySend: boolean;
  mayChange: boolean;
  onClose: () => void;
  onChange: () => void;
  onChanged: () => void;
  onDeleted: () => void;
  onSecret: (made: NewSecret) => void;
};
type Doing = 'test' | 'turn' | null;
type Outcome = { doing: Doing; error: unknown; test: ChannelDelivery | null };

function TestResult({ test }: { test: ChannelDelivery }) {
  const last = test.attempts.at(-1);
  const arrived = test.state === 'delivered';
  const answered = last?.status === null || last === undefined ? '' : `It answered ${last.status} within ${last.durationMs ?? 0} ms. `;
  return (
    <Notice tone={arrived ? 'success' : 'server'} role="status">
      <strong>{arrived ? 'The test went through' : 'The test did not go through'}</strong>
      <p>{arrived ? `${answered}${last?.answer ?? ''}` : sentence(test.why ?? '')}</p>
      {!arrived && last !== undefined && last.answer !== '' && <p>It said: {last.answer}</p>}
    </Notice>
  );
}

function Facts({ channel }: { channel: Channel }) {
  const { text, tone, meaning } = stateOf(channel);
  const { target, lastError, failingSince, disabledAt, deliveredAt, secretMadeAt, previousSecretUntil } = channel;
  return (
    <FactList
      facts={[
        { label: 'State', value: <Chip tone={tone}>{text}</Chip> },
        { label: 'Meaning', value: meaning },
        { label: 'Kind', value: kindWords[channel.kind] },
        { label: 'Leads to', value: target === null ? targetOf(channel) : <MonoText>{target}</MonoText> },
        { label: 'Last delivered', value: <TimeStamp at={deliveredAt} relative missing="Never" /> },
        failingSince !== null && { label: 'Failing since', value: <TimeStamp at={failingSince} relative /> },
        disabledAt !== null && { label: 'Off since', value: <TimeStamp at={disabledAt} relative /> },
        { label: 'Last error', value: lastError === null ? null : sentence(lastError) },
        secretMadeAt !== null && { label: 'Secret made', value: <TimeStamp at={secretMadeAt} relative /> },
        previousSecretUntil !== null && { label: 'Both sign until', value: <TimeStamp at={previousSecretUntil} /> },
        { label: 'Made by', value: channel.createdBy.name },
        { label: 'ID', value: <Mono>{channel.id}</Mono> },
      ]}
    />
  );
}

/** They lose it with it: somebody may have relied on being told. */
function RulesOfChannel({ id }: { id: string }) {
  const calls = useAlertCalls();
  const { data = [] } = useQuery({ queryKey: ['alert-rules'], queryFn: () => calls.rules(), retry: false });
  const rules = data.filter(({ channelIds, escalation }) => [...channelIds, ...(escalation?.channelIds ?? [])].includes(id));
  if (rules.length === 0) return null;
  return (
    <span>
      {rules.length === 1 ? 'A rule tells it and will not any more: ' : `${rules.length} rules tell it and will not any more: `}
      {rules.map(({ name }) => name).join(', ')}.
    </span>
  );
}

export function ChannelPanel({ channel, maySend, mayChange, onClose, onChange, onChanged, onDeleted, onSecret }: Props) {
  const calls = useChannelCalls();
  const queryClient = useQueryClient();
  const [{ doing, error, test }, setOutcome] = useState<Outcome>({ doing: null, error: null, test: null });
  const [asking, setAsking] = useState<'delete' | 'rotate' | null>(null);
  const act = async (what: Doing, work: () => Promise<ChannelDelivery | null>): Promise<void> => {
    setOutcome({ doing: what, error: null, test: null });
    try {
      setOutcome({ doing: null, error: null, test: await work() });
    } catch (refused) {
      setOutcome({ doing: null, error: refused, test: null });
    }
    onChanged();
    void queryClient.invalidateQueries({ queryKey: deliveriesKey(channel.id) });
  };
  const turn = () => act('turn', async () => (await calls.turn(channel.id, channel.enabled ? 'disable' : 'enable'), null));
  return (
    <SidePanel label={`The channel ${channel.name}`} title={channel.name} onClose={onClose}>
      <section>
        <Facts channel={channel} />
        {mayChange && (
          <Buttons>
            {maySend && (
              <Button variant="contained" disabled={doing !== null} onClick={() => void act('test', () => calls.test(channel.id))}>
                {doing === 'test' ? 'Sending…' : 'Send a test'}
              </Button>
            )}
            {maySend && (
              <Button variant="outlined" onClick={onChange}>
                Change…
              </Button>
            )}
            {(maySend || channel.enabled) && (
              <Button variant="outlined" disabled={doing !== null} onClick={() => void turn()}>
                {channel.enabled ? 'Switch off' : 'Switch on'}
              </Button>
            )}
            {maySend && channel.kind === 'webhook' && (
              <Button variant="outlined" onClick={() => setAsking('rotate')}>
                New secret…
              </Button>
            )}
            <Button variant="outlined" color="error" onClick={() => setAsking('delete')}>
              Delete…
            </Button>
          </Buttons>
        )}
        {error !== null && <ProblemView error={error} />}
        {test && <TestResult test={test} />}
      </section>
      <Deliveries channel={channel} mayChange={maySend} />
      {asking === 'delete' && (
        <ConfirmDanger
          title={`Delete the channel ${channel.name}?`}
          action="Delete channel"
          onConfirm={() => calls.remove(channel.id)}
          onClose={() => {
            setAsking(null);
            onDeleted();
          }}
        >
          <span>Nothing is sent to it any more, and the log of its deliveries is deleted with it.</span>
          <RulesOfChannel id={channel.id} />
        </ConfirmDanger>
      )}
      {asking === 'rotate' && (
        <ConfirmDanger
          title={`Make a new secret for ${channel.name}?`}
          action="Make new secret"
          onConfirm={async () => {
            const made = await calls.rotate(channel.id, defaultSecretOverlapSeconds);
            onSecret({ name: channel.name, ...made });
          }}
          onClose={() => {
            setAsking(null);
            onChanged();
          }}
        >
          <span>
            It is shown once. For 24 hours what is sent is signed with both secrets: give the new one to the receiver until then. After that
            the one before signs nothing.
          </span>
        </ConfirmDanger>
      )}
    </SidePanel>
  );
}
