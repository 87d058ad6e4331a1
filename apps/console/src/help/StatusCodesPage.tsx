import { styled } from '@mui/material/styles';
import { statusClasses, statusCodes, type StatusClass, type StatusCode } from '@pinebill/contract';
import { LinkBase } from 'react-admin';
import { emptyQuery, only } from '../audit-logs/log-query';
import { logLink } from '../audit-logs/use-log-query';
import { DataTable } from '../elements/DataTable';
import { StatusChip } from '../elements/StatusChip';
import { Page, Part } from '../layout/Page';

const groups: Record<StatusClass, { title: string; words: string; columns: readonly [string, string] }> = {
  success: { title: 'Success codes (2xx)', words: 'The request did what it asked for.', columns: ['Description', 'What to do'] },
  redirection: {
    title: 'Redirection (3xx)',
    words: 'The answer is elsewhere, or the client has it already.',
    columns: ['Description', 'What to do'],
  },
  clientError: {
    title: 'Client error codes (4xx)',
    words: 'The request must change before it can succeed. Repeating it as it is does not help, except for 408 and 429.',
    columns: ['Common causes', 'What to do'],
  },
  serverError: {
    title: 'Server error codes (5xx)',
    words: 'The request was right and could not be served. Retrying later, with growing pauses, is right.',
    columns: ['Description', 'Action'],
  },
};

const Cell = styled('td')({
  whiteSpace: 'normal !important' as 'normal',
  paddingBlock: '8px !important',
  verticalAlign: 'top',
  '& ul': { margin: 0, paddingLeft: 16 },
});

function Lines({ lines }: { lines: readonly string[] }) {
  if (lines.length <= 1) return <>{lines[0] ?? '–'}</>;
  return (
    <ul>
      {lines.map((line) => (
        <li key={line}>{line}</li>
      ))}
    </ul>
  );
}

function CodeRow({ entry, columns }: { entry: StatusCode; columns: readonly [string, string] }) {
  const causes = entry.class === 'clientError';
  return (
    <tr id={`code-${entry.code}`}>
      <Cell className="fit" style={{ whiteSpace: 'nowrap' }}>
        <LinkBase
          to={logLink(only(emptyQuery, 'status', String(entry.code)))}
          style={{ textDecoration: 'none' }}
          title={`Requests answered ${entry.code}`}
        >
          <StatusChip status={entry.code} />
        </LinkBase>
      </Cell>
      <Cell style={{ width: '18%', fontWeight: 500 }}>{entry.meaning}</Cell>
      <Cell style={{ width: '38%' }} data-label={columns[0]}>
        {causes ? <Lines lines={entry.causes.length > 0 ? entry.causes : [entry.description]} /> : entry.description}
      </Cell>
      <Cell style={{ width: '44%' }} data-label={columns[1]}>
        <Lines lines={entry.whatToDo} />
      </Cell>
    </tr>
  );
}

/** The same table as the API's own reference and the explanation beside each record. */
export function StatusCodesPage() {
  return (
    <Page
      title="Status codes"
      lead="What each status of the API means, why it comes, and what to do. A code leads to the requests that were answered with it."
    >
      {statusClasses.map((name) => {
        const { title, words, columns } = groups[name];
        return (
          <Part key={name}>
            <h2>{title}</h2>
            <p>{words}</p>
            <DataTable label={title}>
              <thead>
                <tr>
                  {['Code', 'Meaning', ...columns].map((column) => (
                    <th key={column} scope="col">
                      {column}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {statusCodes
                  .filter((entry) => entry.class === name)
                  .map((entry) => (
                    <CodeRow key={entry.code} entry={entry} columns={columns} />
                  ))}
              </tbody>
            </DataTable>
          </Part>
        );
      })}
    </Page>
  );
}
