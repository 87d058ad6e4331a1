/** What a draft would change in the version in force, said before it is approved. */
import type { Baseline, ChangeBaseline } from '../api-types';
import { FactList } from '../elements/FactList';
import { Notice } from '../elements/Notice';
import { differencesOf } from './usage-form';

const listed = (word: string, values: readonly string[]): string[] => (values.length === 0 ? [] : [`${word} ${values.join(', ')}`]);

export function Differences({ inForce, draft }: { inForce: Baseline; draft: ChangeBaseline }) {
  const differences = differencesOf(inForce, draft);
  return (
    <Notice tone="unknown" style={{ maxWidth: 640 }}>
      <strong>Beside version {inForce.version}, which is in force</strong>
      {differences.length === 0 ? (
        <p>It says the same.</p>
      ) : (
        <FactList
          facts={differences.map(({ part, added, removed }) => ({
            label: part,
            value: [...listed('Added:', added), ...listed('Gone:', removed)].join(' · '),
          }))}
        />
      )}
    </Notice>
  );
}
