/** The words of the banner. Apart from it, so that nobody loads them while there is no maintenance. */
import { styled } from '@mui/material/styles';
import type { MaintenanceView } from '../api-types';
import { BannerLine } from '../elements/BannerLine';
import { TimeStamp } from '../elements/TimeStamp';
import { relativeTime } from '../elements/times';

const Line = styled(BannerLine)({ '@media (max-width: 760px)': { display: 'block', '& strong, & > span': { display: 'block' } } });

function Until({ endsAt }: { endsAt: string | null }) {
  if (endsAt === null) return <>Maintenance</>;
  const isOver = Date.parse(endsAt) <= Date.now();
  return isOver ? (
    <>
      Maintenance, takes longer than announced (<TimeStamp at={endsAt} />)
    </>
  ) : (
    <>
      Maintenance until <TimeStamp at={endsAt} /> ({relativeTime(endsAt)})
    </>
  );
}

export function MaintenanceLine({ endsAt, message }: Pick<MaintenanceView, 'endsAt' | 'message'>) {
  return (
    <Line tone="client">
      <strong>
        <Until endsAt={endsAt} />
      </strong>
      <span>Changes are refused. Reading, signing in and revoking keys go on.</span>
      {message !== null && <span>{message}</span>}
    </Line>
  );
}
