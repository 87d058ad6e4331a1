import type { SystemView } from '../api-types';
import { Chip } from '../elements/Chip';
import { DataTable } from '../elements/DataTable';
import { MonoText } from '../elements/Mono';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';
import { countText } from '../elements/figures';

type Process = SystemView['processes'][number];
const states = {
  alive: { label: 'Alive', tone: 'success' },
  unshipped: { label: 'Gone, records left', tone: 'server' },
  vanished: { label: 'Gone, perhaps records left', tone: 'client' },
} as const;

/** Every process on this database: one that has gone with records in its journal must be started again where they lie. */
export function Processes({ processes }: { processes: readonly Process[] }) {
  if (processes.length === 0) return null;
  return (
    <Part>
      <h2>Processes</h2>
      <p>All that serve this database. Each writes to a journal of its own.</p>
      <DataTable label="Processes">
        <thead>
          <tr>
            <th scope="col">Host</th>
            <th scope="col">Journal</th>
            <th scope="col" className="number">
              Waiting
            </th>
            <th scope="col">Last seen</th>
            <th scope="col">State</th>
          </tr>
        </thead>
        <tbody>
          {processes.map((process) => (
            <tr key={process.journalId}>
              <td style={{ width: '30%' }}>
                {process.host}, process {process.pid}
                {process.self && ' (this one)'}
              </td>
              <td style={{ width: '70%' }} data-label="Journal" title={process.directory}>
                <MonoText>{process.directory}</MonoText>
              </td>
              <td className="fit number" data-label="Waiting">
                {process.state !== 'alive' && 'at least '}
                {countText(process.pendingEntries)}
              </td>
              <td className="fit" data-label="Last seen">
                <TimeStamp at={process.seenAt} relative />
              </td>
              <td className="fit" data-label="State">
                <Chip tone={states[process.state].tone}>{states[process.state].label}</Chip>
              </td>
            </tr>
          ))}
        </tbody>
      </DataTable>
    </Part>
  );
}
