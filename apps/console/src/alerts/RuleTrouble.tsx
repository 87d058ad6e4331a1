/** What keeps a rule from saying all there is to say: a rule that is silent for another reason than that all is well must say so. */
import Button from '@mui/material/Button';
import { LinkBase } from 'react-admin';
import type { AlertRule } from '../api-types';
import { countText } from '../elements/figures';
import { Notice } from '../elements/Notice';
import { TimeStamp } from '../elements/TimeStamp';

const style = { marginBottom: 16, maxWidth: 760 };

/** The number of them stays; after so long it is no news. */
const MISSED_SHOWN_MS = 7 * 86_400_000;
const hasMissed = ({ missedAt }: AlertRule['health']): boolean => missedAt !== null && Date.now() - Date.parse(missedAt) < MISSED_SHOWN_MS;

export const hasTrouble = ({ enabled, health }: AlertRule): boolean =>
  enabled && (health.failingSince !== null || health.heldBack > 0 || hasMissed(health));

export function RuleTrouble({ rule: { id, health } }: { rule: AlertRule }) {
  const { failingSince, lastError, heldBack, heldBackAt, missedCalls, missedAt } = health;
  return (
    <>
      {failingSince !== null && (
        <Notice tone="server" style={style}>
          <strong>
            It cannot look at the log as it should, since <TimeStamp at={failingSince} relative />
          </strong>
          <p>{lastError} It is tried again by itself; what came meanwhile is looked at then.</p>
        </Notice>
      )}
      {heldBack > 0 && (
        <Notice tone="client" style={style}>
          <strong>It has as many alerts as it may have</strong>
          <p>
            It fired {countText(heldBack)} more {heldBack === 1 ? 'time' : 'times'} at once, <TimeStamp at={heldBackAt} relative />, without
            opening an alert. Resolve what is over, or let the rule fire less: a higher number, a narrower filter, another grouping.
          </p>
          <div>
            <Button variant="outlined" component={LinkBase} to={`/alerts?ruleId=${id}`}>
              Its alerts
            </Button>
          </div>
        </Notice>
      )}
      {hasMissed(health) && (
        <Notice style={style}>
          <strong>{countText(missedCalls)} calls came more than a day late</strong>
          <p>
            The last of them <TimeStamp at={missedAt} relative />. They are in the log, and were not counted: a process was cut off, or the
            clock of a host is wrong.
          </p>
        </Notice>
      )}
    </>
  );
}
