import Button from '@mui/material/Button';
import { lazy, Suspense, useState } from 'react';
import { useLocation } from 'react-admin';
import type { ChangeRestrictions, PlaceView } from '../api-types';
import { PlaceFacts } from './PlaceFacts';
import { proposalIn, withProposal } from './proposal';

// The list of countries and its field are for the few who change something.
const PlaceEditor = lazy(async () => ({ default: (await import('./PlaceEditor')).PlaceEditor }));

type Props = {
  rule: PlaceView;
  /** Null: the organization's rule. */
  apiKeyId: string | null;
  mayChange: boolean;
  onSave: (rule: ChangeRestrictions) => Promise<unknown>;
};

/** A rule in words and, for those who may, the way to change it. */
export function PlacePanel({ rule, apiKeyId, mayChange, onSave }: Props) {
  const { search } = useLocation();
  const proposed = proposalIn(search);
  const [editing, setEditing] = useState(mayChange && proposed !== null);
  if (editing) {
    return (
      <Suspense fallback={<PlaceFacts rule={rule} />}>
        <PlaceEditor rule={withProposal(rule, proposed)} apiKeyId={apiKeyId} onSave={onSave} onClose={() => setEditing(false)} />
      </Suspense>
    );
  }
  return (
    <div style={{ maxWidth: 560 }}>
      <PlaceFacts rule={rule} />
      {mayChange && (
        <Button variant="outlined" style={{ marginTop: 12 }} onClick={() => setEditing(true)}>
          Change…
        </Button>
      )}
    </div>
  );
}
