import type { PlanView } from '../api-types';
import { DataTable } from '../elements/DataTable';
import { FactList } from '../elements/FactList';
import { countText, numberOf, sizeText } from '../elements/figures';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';

/** How much of the log there is. */
export function PlanUsage({ usage }: Pick<PlanView, 'usage'>) {
  const { keys, requests, peakPerMinute, oldestRecordAt, storedBytes, months } = usage;
  return (
    <Part>
      <h2>What the log holds</h2>
      <div style={{ maxWidth: 560 }}>
        <FactList
          facts={[
            { label: 'Records', value: `${countText(requests)}, about ${sizeText(storedBytes)} with their indexes` },
            { label: 'Oldest', value: oldestRecordAt ? <TimeStamp at={oldestRecordAt} /> : 'There is none yet' },
            { label: 'API keys', value: `${countText(keys)} in use` },
            {
              label: 'Busiest minute',
              value: peakPerMinute ? (
                <>
                  {numberOf(peakPerMinute.requests, 'request')}, <TimeStamp at={peakPerMinute.at} />
                </>
              ) : (
                'No program called in the last 24 hours'
              ),
            },
          ]}
        />
      </div>
      {months.length > 0 && (
        <div style={{ maxWidth: 560, marginTop: 12 }}>
          <DataTable label="Records by month" compact>
            <thead>
              <tr>
                <th scope="col">Month</th>
                <th scope="col" className="number">
                  Records
                </th>
                <th scope="col" className="number">
                  Stored, about
                </th>
              </tr>
            </thead>
            <tbody>
              {months.map((month) => (
                <tr key={month.month}>
                  <td>{month.month}</td>
                  <td className="number" data-label="Records">
                    {countText(month.requests)}
                  </td>
                  <td className="number" data-label="Stored, about">
                    {sizeText(month.storedBytes)}
                  </td>
                </tr>
              ))}
            </tbody>
          </DataTable>
        </div>
      )}
    </Part>
  );
}
