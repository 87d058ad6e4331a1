import Button from '@mui/material/Button';
import { lazy, Suspense, useState } from 'react';
import type { ChangeRestrictions, PlaceView } from '../api-types';
import { PlaceFacts } from './PlaceFacts';

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
  const [editing, setEditing] = useState(false);
  if (editing) {
    return (
      <Suspense fallback={<PlaceFacts rule={rule} />}>
        <PlaceEditor rule={rule} apiKeyId={apiKeyId} onSave={onSave} onClose={() => setEditing(false)} />
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
