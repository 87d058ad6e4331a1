/** Networks that the organization refuses, put here by an incident or with the API; each is lifted by itself. */
import Button from '@mui/material/Button';
import { useState } from 'react';
import type { ChangeRestrictions, PlaceView } from '../api-types';
import { MonoText } from '../elements/Mono';
import { ProblemView } from '../elements/ProblemView';

type Props = { rule: PlaceView; mayChange: boolean; onSave: (rule: ChangeRestrictions) => Promise<unknown> };

export function RefusedNetworks({ rule, mayChange, onSave }: Props) {
  const [lifting, setLifting] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const { deniedCidrs, allowedCidrs, allowedCountries, deniedCountries, unknownCountry } = rule;
  const refused = deniedCidrs ?? [];
  if (refused.length === 0) return null;
  const lift = async (network: string): Promise<void> => {
    setLifting(network);
    setError(null);
    const others = refused.filter((one) => one !== network);
    const rest = { allowedCidrs, allowedCountries, deniedCountries, unknownCountry };
    await onSave({ ...rest, deniedCidrs: others.length > 0 ? others : null }).catch(setError);
    setLifting(null);
  };
  return (
    <section aria-labelledby="refused-networks" style={{ maxWidth: 560, marginTop: 32 }}>
      <h2 id="refused-networks">Refused networks</h2>
      <p>No key is let in from these, whatever else lets it in. People at the console are not kept out.</p>
      {error !== null && <ProblemView error={error} />}
      <ul style={{ listStyle: 'none', padding: 0 }}>
        {refused.map((network) => (
          <li key={network} style={{ display: 'flex', alignItems: 'center', gap: 12, minHeight: 40 }}>
            <span style={{ flex: 1 }}>
              <MonoText>{network}</MonoText>
            </span>
            {mayChange && (
              <Button size="small" disabled={lifting !== null} aria-label={`Lift ${network}`} onClick={() => void lift(network)}>
                {lifting === network ? 'Lifting…' : 'Lift'}
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
