/** On the dashboard: a week that nobody has signed off. Nothing where there is none. */
import Button from '@mui/material/Button';
import { useGetList, useNavigate } from 'react-admin';
import type { WeeklyReviewSummary } from '../api-types';
import { Notice } from '../elements/Notice';
import { weekText } from './weekly-words';

export function OpenWeek() {
  const navigate = useNavigate();
  const { data = [] } = useGetList<WeeklyReviewSummary>('weekly-reviews', { pagination: { page: 1, perPage: 8 } }, { retry: false });
  const open = data.filter(({ signature }) => signature === null);
  const overdue = open.filter((review) => review.overdue);
  const [next] = overdue.length > 0 ? overdue.slice(-1) : open;
  if (!next) return null;
  const things = next.attention === 1 ? '1 thing stands out' : `${next.attention} things stand out`;
  return (
    <Notice tone={overdue.length > 0 ? 'server' : 'unknown'} style={{ marginBottom: 16 }}>
      <strong>{overdue.length > 0 ? 'A weekly review is overdue' : 'The week is to be signed off'}</strong>
      <p>
        {weekText(next)}: {next.attention === 0 ? 'nothing stands out' : things}.
      </p>
      <div>
        <Button size="small" variant="outlined" onClick={() => navigate(`/weekly-reviews/${next.id}`)}>
          Open the review
        </Button>
      </div>
    </Notice>
  );
}
