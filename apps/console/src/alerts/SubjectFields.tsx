/** Whom a rule about findings is about: keys and people are chosen, addresses, networks and fingerprints typed. */
import Button from '@mui/material/Button';
import FormLabel from '@mui/material/FormLabel';
import { styled } from '@mui/material/styles';
import TextField from '@mui/material/TextField';
import { findingSubjectKinds, type FindingSubjectKind } from '@pinebill/contract';
import { useGetList } from 'react-admin';
import type { ApiKey } from '../api-types';
import { Choose } from '../exports/Choose';
import { useReaders } from '../incidents/use-readers';
import type { RuleForm } from './rule-form';

type Subject = RuleForm['subjects'][number];

const Line = styled('div')({
  display: 'grid',
  gridTemplateColumns: 'minmax(120px, 1fr) minmax(160px, 2fr) auto',
  gap: 8,
  alignItems: 'start',
  marginTop: 10,
  '@media (max-width: 560px)': { gridTemplateColumns: 'minmax(0, 1fr) auto', '& > :nth-of-type(2)': { gridColumn: '1 / -1', order: 1 } },
});
/** Beside the field, not its label. */
const besideField = { marginTop: 26 };
const kinds: Record<FindingSubjectKind, string> = {
  key: 'API key',
  address: 'Address',
  network: 'Network',
  keyFingerprint: 'Unknown key',
  person: 'Person',
  organization: 'Organization',
};
const typed: Partial<Record<FindingSubjectKind, { example: string; hint: string }>> = {
  address: { example: '192.0.2.7', hint: 'Of IPv6 the /64 counts.' },
  network: { example: '192.0.2.0/24', hint: 'A /24 of IPv4 or a /48 of IPv6; an address stands for the one that it is in.' },
  keyFingerprint: { example: '3fa92c01d7be', hint: 'The 12 characters of a finding.' },
};

type ValueProps = { subject: Subject; keys: readonly ApiKey[]; onChange: (value: string) => void };

function Value({ subject: { kind, value }, keys, onChange }: ValueProps) {
  const readers = useReaders(kind === 'person');
  if (kind === 'organization') return <div />;
  const field = typed[kind];
  if (field)
    return (
      <TextField
        label={`${kinds[kind]}; empty means any`}
        value={value}
        placeholder={field.example}
        helperText={field.hint}
        onChange={({ target }) => onChange(target.value)}
        slotProps={{ htmlInput: { maxLength: 60 } }}
      />
    );
  const named = (kind === 'key' ? keys : readers).map(({ id, name }) => [id, name] as const);
  const own = value !== '' && !named.some(([id]) => id === value) ? ([[value, value]] as const) : [];
  return (
    <Choose
      name="subject"
      label={kinds[kind]}
      value={value}
      options={Object.fromEntries([['', kind === 'key' ? 'Any key' : 'Anybody'], ...own, ...named])}
      onChange={onChange}
    />
  );
}

export function SubjectFields({
  subjects,
  onChange,
}: {
  subjects: RuleForm['subjects'];
  onChange: (subjects: RuleForm['subjects']) => void;
}) {
  const { data: keys = [] } = useGetList<ApiKey>('api-keys', { pagination: { page: 1, perPage: 200 } }, { retry: false });
  const put = (index: number, subject: Subject): void => onChange(subjects.map((one, at) => (at === index ? subject : one)));
  return (
    <div role="group" aria-labelledby="rule-subjects">
      <FormLabel id="rule-subjects">About{subjects.length === 0 ? ': anything' : ''}</FormLabel>
      {subjects.map((subject, index) => (
        // Lines have no identity but their place.
        <Line key={index}>
          <Choose
            name="subjectKind"
            label="Kind"
            value={subject.kind}
            options={Object.fromEntries(findingSubjectKinds.map((kind) => [kind, kinds[kind]])) as typeof kinds}
            onChange={(kind) => put(index, { kind, value: '' })}
          />
          <Value subject={subject} keys={keys} onChange={(value) => put(index, { ...subject, value })} />
          <Button
            style={besideField}
            aria-label={`Remove ${kinds[subject.kind]} ${subject.value}`.trim()}
            onClick={() => onChange(subjects.filter((_, at) => at !== index))}
          >
            Remove
          </Button>
        </Line>
      ))}
      <div style={{ marginTop: 8 }}>
        <Button variant="outlined" disabled={subjects.length >= 100} onClick={() => onChange([...subjects, { kind: 'key', value: '' }])}>
          {subjects.length === 0 ? 'Only about…' : 'Or about…'}
        </Button>
      </div>
    </div>
  );
}
