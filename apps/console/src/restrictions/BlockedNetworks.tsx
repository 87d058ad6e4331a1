/** Networks that no key is let in from, most of them since an incident; and how one is let in again. */
import Button from '@mui/material/Button';
import { styled } from '@mui/material/styles';
import { useState } from 'react';
import { LinkBase } from 'react-admin';
import type { ChangeRestrictions, RestrictionsView } from '../api-types';
import { addressPage } from '../elements/Address';
import { ConfirmDanger } from '../elements/ConfirmDanger';
import { MonoText } from '../elements/Mono';
import { Part } from '../layout/Page';

const List = styled('ul')(({ theme }) => ({
  listStyle: 'none',
  margin: 0,
  padding: 0,
  maxWidth: 640,
  borderTop: `1px solid ${theme.palette.tone.line}`,
  '& li': {
    display: 'flex',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: 12,
    minHeight: 40,
    borderBottom: `1px solid ${theme.palette.tone.line}`,
  },
}));

/** The whole rule but for this network. */
function without(
  { allowedCidrs, allowedCountries, deniedCountries, unknownCountry, deniedCidrs }: RestrictionsView,
  network: string,
): ChangeRestrictions {
  const left = (deniedCidrs ?? []).filter((one) => one !== network);
  return { allowedCidrs, allowedCountries, deniedCountries, unknownCountry, deniedCidrs: left.length > 0 ? left : null };
}

type Props = { rule: RestrictionsView; mayChange: boolean; onSave: (rule: ChangeRestrictions) => Promise<void> };

export function BlockedNetworks({ rule, mayChange, onSave }: Props) {
  const [lifting, setLifting] = useState<string | null>(null);
  const blocked = rule.deniedCidrs ?? [];
  if (blocked.length === 0) return null;
  return (
    <Part style={{ marginBottom: 28 }}>
      <h2>Blocked networks</h2>
      <p>No call with a key is let in from them, whatever else lets it in. An incident blocks them.</p>
      <List aria-label="Blocked networks">
        {blocked.map((network) => (
          <li key={network}>
            <LinkBase to={addressPage(network)}>
              <MonoText>{network}</MonoText>
            </LinkBase>
            {mayChange && (
              <Button aria-label={`Let in again… ${network}`} onClick={() => setLifting(network)}>
                Let in again…
              </Button>
            )}
          </li>
        ))}
      </List>
      {lifting && (
        <ConfirmDanger
          title={`Let ${lifting} in again?`}
          action="Let in again"
          onConfirm={() => onSave(without(rule, lifting))}
          onClose={() => setLifting(null)}
        >
          <span>Calls from there are let in again with every key that works. An open incident about it is then no longer contained.</span>
        </ConfirmDanger>
      )}
    </Part>
  );
}
