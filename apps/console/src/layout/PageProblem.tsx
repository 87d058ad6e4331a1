import Button from '@mui/material/Button';
import { LinkBase } from 'react-admin';
import { problemOf, ProblemView } from '../elements/ProblemView';
import { Row } from './Page';

/** Why a page has nothing to show. What is not there (a wrong link, or of another organization) does not come by asking again: then the way on is the list. */
export function PageProblem({ error, retry, list }: { error: unknown; retry: () => void; list: { to: string; label: string } }) {
  if (![400, 404].includes(problemOf(error).status)) return <ProblemView error={error} retry={retry} />;
  return (
    <>
      <ProblemView error={error} />
      <Row style={{ marginTop: 16 }}>
        <Button variant="outlined" component={LinkBase} to={list.to}>
          {list.label}
        </Button>
      </Row>
    </>
  );
}
