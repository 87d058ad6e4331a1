import type { ReactNode } from 'react';
import { LinkBase } from 'react-admin';
import { DataTable } from './DataTable';
import { TimeStamp } from './TimeStamp';
import { Part } from '../layout/Page';
import { countText } from './figures';

/** `lastSeenAt`, or another measure in its place; `firstSeenAt` where the table has a column for it. */
export type GroupLine = {
  key: string;
  name: ReactNode;
  beside?: ReactNode;
  link: string | null;
  requests: number;
  firstSeenAt?: string;
  lastSeenAt?: string;
  measure?: string;
};
type Props = { title: string; head: string; lines: readonly GroupLine[]; measure?: string; empty?: string; children?: ReactNode };

/** What the requests of a caller have in common, the most frequent first. */
export function GroupTable({ title, head, lines, measure = 'Last seen', empty = 'Nothing in this period.', children }: Props) {
  const hasFirst = lines.some(({ firstSeenAt }) => firstSeenAt !== undefined);
  return (
    <Part>
      <h2>{title}</h2>
      {lines.length === 0 ? (
        <p>{empty}</p>
      ) : (
        <DataTable label={title} compact>
          <thead>
            <tr>
              <th scope="col">{head}</th>
              <th scope="col" className="number fit">
                Requests
              </th>
              {hasFirst && (
                <th scope="col" className="number fit">
                  First seen
                </th>
              )}
              <th scope="col" className="number fit">
                {measure}
              </th>
            </tr>
          </thead>
          <tbody>
            {lines.map(({ key, name, beside, link, requests, firstSeenAt, lastSeenAt, measure: measured }) => (
              <tr key={key}>
                <td>
                  {link === null ? name : <LinkBase to={link}>{name}</LinkBase>}
                  {beside}
                </td>
                <td className="number fit" data-label="Requests">
                  {countText(requests)}
                </td>
                {hasFirst && (
                  <td className="number fit" data-label="First seen">
                    <TimeStamp at={firstSeenAt} relative />
                  </td>
                )}
                <td className="number fit" data-label={measure}>
                  {measured ?? <TimeStamp at={lastSeenAt} relative />}
                </td>
              </tr>
            ))}
          </tbody>
        </DataTable>
      )}
      {children}
    </Part>
  );
}
