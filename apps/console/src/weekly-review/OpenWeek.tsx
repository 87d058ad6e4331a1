/** On the dashboard: the oldest week that nobody has signed off, and how many are overdue. Nothing where there is none. */
import Button from '@mui/material/Button';
import { useGetList, useNavigate } from 'react-admin';
import type { WeeklyReviewSummary } from '../api-types';
import { Notice } from '../elements/Notice';
import { weekText } from './weekly-words';

const MOST = 50;

/** The oldest first; pending until it is known. */
export function useOpenWeeks() {
  const { data = [], isPending } = useGetList<WeeklyReviewSummary>(
    'weekly-reviews',
    { filter: { signed: 'false', order: 'asc' }, pagination: { page: 1, perPage: MOST } },
    { retry: false },
  );
  return { weeks: data, isPending };
}

export function OpenWeek({ weeks }: { weeks: readonly WeeklyReviewSummary[] }) {
  const navigate = useNavigate();
  const [next] = weeks;
  if (!next) return null;
  const overdue = weeks.filter((review) => review.overdue);
  const things = next.attention === 1 ? '1 thing stands out' : `${next.attention} things stand out`;
  const many = overdue.length === MOST ? `${MOST} weekly reviews and more are overdue` : `${overdue.length} weekly reviews are overdue`;
  const title = overdue.length > 1 ? many : overdue.length === 1 ? 'A weekly review is overdue' : 'The week is to be signed off';
  return (
    <Notice tone={overdue.length > 0 ? 'server' : 'unknown'} style={{ marginBottom: 16 }}>
      <strong>{title}</strong>
      <p>
        {overdue.length > 1 && 'The oldest is of '}
        {weekText(next)}: {next.attention === 0 ? 'nothing stands out' : things}.
      </p>
      <div>
        <Button size="small" variant="outlined" onClick={() => navigate(`/weekly-reviews/${next.id}`)}>
          Open the review
        </Button>
        {weeks.length > 1 && (
          <Button size="small" onClick={() => navigate('/weekly-reviews')}>
            All weeks
          </Button>
        )}
      </div>
    </Notice>
  );
}
