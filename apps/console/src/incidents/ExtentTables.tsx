/** What was done, from where, with what: lists whose every number leads to its rows. What is new stands first. */
import Button from '@mui/material/Button';
import { useState, type ReactNode } from 'react';
import { LinkBase } from 'react-admin';
import type { IncidentExtent } from '../api-types';
import { addressPage, countryName } from '../elements/Address';
import { Chip } from '../elements/Chip';
import { CountryCredit } from '../elements/CountryCredit';
import { DataTable } from '../elements/DataTable';
import { KeyName } from '../elements/KeyName';
import { MethodTag } from '../elements/MethodTag';
import { MonoText } from '../elements/Mono';
import { StatusChip } from '../elements/StatusChip';
import { TimeStamp } from '../elements/TimeStamp';
import { rowsBehind } from './extent-words';
import { number } from './incident-words';
import { Section } from './StepFrame';

const shown = 6;

/** The rows behind a number, where the filter has words for them. */
export function Rows({ count, filter, part }: { count: number; filter: string | null; part?: string }) {
  if (count === 0 || filter === null) return <>{number(count)}</>;
  return <LinkBase to={rowsBehind(filter, part)}>{number(count)}</LinkBase>;
}

type Line = { key: string; name: ReactNode; isNew?: boolean; cells: ReactNode[]; firstSeenAt: string; lastSeenAt: string };
type Props = { title: string; head: string; columns: readonly string[]; lines: readonly Line[]; total: number; children?: ReactNode };

function ExtentTable({ title, head, columns, lines, total, children }: Props) {
  const [all, setAll] = useState(false);
  if (lines.length === 0) return null;
  return (
    <Section title={title}>
      <DataTable label={title} compact>
        <thead>
          <tr>
            <th scope="col">{head}</th>
            {columns.map((name) => (
              <th key={name} scope="col" className="number">
                {name}
              </th>
            ))}
            <th scope="col" className="number">
              First
            </th>
            <th scope="col" className="number">
              Last
            </th>
          </tr>
        </thead>
        <tbody>
          {(all ? lines : lines.slice(0, shown)).map(({ key, name, isNew, cells, firstSeenAt, lastSeenAt }) => (
            <tr key={key}>
              <td className="wrap" style={{ width: '60%' }}>
                {name} {isNew && <Chip tone="server">New</Chip>}
              </td>
              {cells.map((cell, index) => (
                <td key={columns[index]} className="fit number" data-label={columns[index]}>
                  {cell}
                </td>
              ))}
              <td className="fit number" data-label="First">
                <TimeStamp at={firstSeenAt} relative />
              </td>
              <td className="fit number" data-label="Last">
                <TimeStamp at={lastSeenAt} relative />
              </td>
            </tr>
          ))}
        </tbody>
      </DataTable>
      {!all && lines.length > shown && (
        <Button style={{ marginTop: 6 }} onClick={() => setAll(true)}>
          Show {lines.length === total ? `all ${number(total)}` : `${number(lines.length)} of ${number(total)}`}
        </Button>
      )}
      {children}
    </Section>
  );
}

type Extent = { extent: IncidentExtent };
type Seen = IncidentExtent['addresses']['data'][number] | IncidentExtent['endpoints']['data'][number];

const activityColumns = ['Requests', 'Reads', 'Writes', 'Refused'];
function activity(
  seen: Pick<Seen, 'requests' | 'reads' | 'writes' | 'refused' | 'filter' | 'firstSeenAt' | 'lastSeenAt'>,
  { partFilters }: IncidentExtent,
) {
  const { filter, firstSeenAt, lastSeenAt } = seen;
  return {
    ...{ firstSeenAt, lastSeenAt },
    cells: [
      <Rows key="requests" count={seen.requests} filter={filter} />,
      <Rows key="reads" count={seen.reads} filter={filter} part={partFilters.reads} />,
      <Rows key="writes" count={seen.writes} filter={filter} part={partFilters.writes} />,
      <Rows key="refused" count={seen.refused} filter={filter} part={partFilters.refused} />,
    ],
  };
}

const inTitle = (name: string, { total, new: fresh }: { total: number; new: number }): string =>
  `${name} · ${number(total)}${fresh > 0 ? `, ${number(fresh)} new` : ''}`;

export function Origins({ extent }: Extent) {
  const { addresses, countries, agents } = extent;
  return (
    <>
      <ExtentTable
        title={inTitle('Addresses', addresses)}
        head="Address"
        columns={activityColumns}
        total={addresses.total}
        lines={addresses.data.map((seen) => ({
          ...activity(seen, extent),
          key: String(seen.address),
          isNew: !seen.known,
          name: seen.address ? (
            <LinkBase to={addressPage(seen.address)}>
              <MonoText>{seen.address}</MonoText>
            </LinkBase>
          ) : (
            'Unknown'
          ),
        }))}
      />
      <ExtentTable
        title={inTitle('Countries', countries)}
        head="Country"
        columns={activityColumns}
        total={countries.total}
        lines={countries.data.map((seen) => ({
          ...activity(seen, extent),
          key: String(seen.country),
          isNew: !seen.known,
          name: seen.country ? `${countryName(seen.country)} (${seen.country})` : 'Unknown',
        }))}
      >
        <div style={{ paddingTop: 8 }}>
          <CountryCredit />
        </div>
      </ExtentTable>
      <ExtentTable
        title={inTitle('Programs', agents)}
        head="User agent"
        columns={activityColumns}
        total={agents.total}
        lines={agents.data.map((seen) => ({
          ...activity(seen, extent),
          key: String(seen.agent),
          isNew: !seen.known,
          name: seen.agent ? <MonoText>{seen.agent}</MonoText> : 'None sent',
        }))}
      />
    </>
  );
}

export function Deeds({ extent }: Extent) {
  const { endpoints, refusals, resources } = extent;
  return (
    <>
      <ExtentTable
        title={`Endpoints · ${number(endpoints.total)}`}
        head="Endpoint"
        columns={activityColumns}
        total={endpoints.total}
        lines={endpoints.data.map((seen) => {
          // Its filter has the method already: there it is reads or writes as a whole.
          const { cells, ...times } = activity(seen, {
            ...extent,
            partFilters: { ...extent.partFilters, reads: 'status=!4xx,5xx', writes: 'status=!4xx,5xx' },
          });
          return {
            ...times,
            cells,
            key: `${seen.method ?? ''} ${seen.route ?? ''}`,
            name: (
              <>
                <MethodTag method={seen.method} /> <MonoText>{seen.route ?? 'No route matched'}</MonoText>
              </>
            ),
          };
        })}
      />
      {resources.map(({ type, total, written, data }) => (
        <ExtentTable
          key={type}
          title={`${type.charAt(0).toUpperCase()}${type.slice(1)}: ${number(total)} touched${written > 0 ? `, ${number(written)} written` : ''}`}
          head="ID"
          columns={['Reads', 'Writes']}
          total={total}
          lines={data.map((thing) => ({
            key: thing.path,
            name: <MonoText title={thing.path}>{thing.id}</MonoText>,
            cells: [
              <Rows key="reads" count={thing.reads} filter={thing.filter} part={extent.partFilters.reads} />,
              <Rows key="writes" count={thing.writes} filter={thing.filter} part={extent.partFilters.writes} />,
            ],
            firstSeenAt: thing.firstSeenAt,
            lastSeenAt: thing.lastSeenAt,
          }))}
        />
      ))}
      <ExtentTable
        title="Refused"
        head="Why"
        columns={['Requests']}
        total={refusals.total}
        lines={refusals.data.map((line) => ({
          key: `${line.status} ${line.reason ?? ''}`,
          name: (
            <>
              <StatusChip status={line.status} /> {line.reason?.replaceAll('_', ' ') ?? ''}
            </>
          ),
          cells: [<Rows key="requests" count={line.requests} filter={line.filter} />],
          firstSeenAt: line.firstSeenAt,
          lastSeenAt: line.lastSeenAt,
        }))}
      />
    </>
  );
}

/** Whether it went further than the key. */
export function Beyond({ extent: { otherKeys, made } }: Extent) {
  return (
    <>
      <ExtentTable
        title={`Other keys from the same addresses · ${otherKeys.exact ? '' : 'at least '}${number(otherKeys.total)}`}
        head="API key"
        columns={['Requests', 'From new addresses']}
        total={otherKeys.total}
        lines={otherKeys.data.map((key) => ({
          key: key.id,
          isNew: key.fromNew > 0,
          name: (
            <LinkBase to={`/api-keys/${key.id}/show`}>{key.name ? <KeyName name={key.name} masked={key.masked ?? ''} /> : key.id}</LinkBase>
          ),
          cells: [
            <Rows key="requests" count={key.requests} filter={key.filter} />,
            <Rows key="new" count={key.fromNew} filter={key.fromNewFilter} />,
          ],
          firstSeenAt: key.firstSeenAt,
          lastSeenAt: key.lastSeenAt,
        }))}
      />
      {made.total > 0 && (
        <Section title={`Made meanwhile by ${made.people.map(({ name }) => name).join(', ')} · ${number(made.total)}`}>
          <DataTable label="Made meanwhile by the same people" compact>
            <thead>
              <tr>
                {['What', 'By', 'When'].map((name) => (
                  <th key={name} scope="col">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {made.data.slice(0, 20).map(({ id, action, target, by, occurredAt }) => (
                <tr key={id}>
                  <td style={{ width: '60%' }}>
                    <LinkBase to={`/activity?open=${id}`}>
                      <MonoText>{action}</MonoText> {target}
                    </LinkBase>
                  </td>
                  <td data-label="By">{by.name}</td>
                  <td className="fit" data-label="When">
                    <TimeStamp at={occurredAt} relative />
                  </td>
                </tr>
              ))}
            </tbody>
          </DataTable>
        </Section>
      )}
    </>
  );
}
