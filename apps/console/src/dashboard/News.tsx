/** What waits for somebody, above the figures: open incidents, and the week that is to be signed off. Both at once: what stands below moves once. */
import { OpenIncidents } from '../incidents/OpenIncidents';
import { useOpenIncidents } from '../incidents/use-open-incidents';
import { usePush } from '../elements/use-push';
import { OpenWeek, useOpenWeeks } from '../weekly-review/OpenWeek';

export function News() {
  const incidents = useOpenIncidents();
  const { weeks, isPending } = useOpenWeeks();
  return isPending || incidents.length + weeks.length === 0 ? null : <Waiting incidents={incidents} weeks={weeks} />;
}

function Waiting({
  incidents,
  weeks,
}: {
  incidents: Parameters<typeof OpenIncidents>[0]['incidents'];
  weeks: Parameters<typeof OpenWeek>[0]['weeks'];
}) {
  const news = usePush<HTMLDivElement>();
  return (
    <div ref={news}>
      {incidents.length > 0 && <OpenIncidents incidents={incidents} />}
      <OpenWeek weeks={weeks} />
    </div>
  );
}
