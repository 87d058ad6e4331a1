/** What a review is about, as it is now or as it was signed. */
import { styled } from '@mui/material/styles';
import { LinkBase } from 'react-admin';
import type { AccessReview } from '../api-types';
import { Chip } from '../elements/Chip';
import { DataTable } from '../elements/DataTable';
import { MonoText } from '../elements/Mono';
import { TimeStamp } from '../elements/TimeStamp';
import { Part } from '../layout/Page';
import { accessWords, concernWords, factorWord, stateWords } from './review-words';

export type Reviewed = Pick<AccessReview, 'people' | 'keys' | 'concerns'>;

const Concerns = styled('ul')(({ theme }) => ({
  margin: 0,
  padding: 0,
  listStyle: 'none',
  borderTop: `1px solid ${theme.palette.tone.line}`,
  fontSize: 13,
  lineHeight: '20px',
  '& li': { padding: '8px', borderBottom: `1px solid ${theme.palette.tone.line}` },
  '& span': { color: theme.palette.tone.secondary },
}));

const head = (names: readonly string[]) => (
  <thead>
    <tr>
      {names.map((name) => (
        <th key={name} scope="col">
          {name}
        </th>
      ))}
    </tr>
  </thead>
);

function ConcernList({ concerns }: Pick<Reviewed, 'concerns'>) {
  if (concerns.length === 0) return <p>Nothing stands out.</p>;
  return (
    <Concerns>
      {concerns.map(({ code, subject, id }) => {
        const { what, next, at } = concernWords[code];
        return (
          <li key={`${code} ${id ?? subject}`}>
            <LinkBase to={at(id)}>{what(subject)}</LinkBase> <span>{next}</span>
          </li>
        );
      })}
    </Concerns>
  );
}

function PeopleTable({ people, relative }: Pick<Reviewed, 'people'> & { relative: boolean }) {
  return (
    <DataTable label="People">
      {head(['Name', 'Role', 'State', 'Access to keys', 'Last sign-in', 'Second factor', 'Keys made', 'Rotated', 'Revoked'])}
      <tbody>
        {people.map((person) => (
          <tr key={person.userId ?? person.email}>
            <td style={{ width: '100%' }} title={person.email ?? undefined}>
              {person.name} {person.email !== null && <small style={{ opacity: 0.75 }}>{person.email}</small>}
            </td>
            <td className="fit" data-label="Role" style={{ textTransform: 'capitalize' }}>
              {person.role ?? '–'}
            </td>
            <td className="fit" data-label="State">
              <Chip tone={stateWords[person.state].tone}>{stateWords[person.state].label}</Chip>
            </td>
            <td className="fit" data-label="Access to keys">
              {accessWords[person.access]}
            </td>
            <td className="fit" data-label="Last sign-in">
              <TimeStamp at={person.lastSignInAt} relative={relative} missing={person.state === 'active' ? 'Never' : '–'} />
            </td>
            <td className="fit" data-label="Second factor">
              {factorWord(person.secondFactor)}
            </td>
            {(['keysMade', 'keysRotated', 'keysRevoked'] as const).map((name) => (
              <td
                key={name}
                className="fit number"
                data-label={{ keysMade: 'Keys made', keysRotated: 'Rotated', keysRevoked: 'Revoked' }[name]}
              >
                {person[name]}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}

function KeyTable({ keys, relative }: Pick<Reviewed, 'keys'> & { relative: boolean }) {
  if (keys.length === 0) return <p>No key can be used.</p>;
  return (
    <DataTable label="Living keys">
      {head(['Key', 'Made or rotated by', 'In the place of', 'Made', 'Scopes'])}
      <tbody>
        {keys.map(({ id, name, masked, createdBy, replaces, createdAt, scopes }) => (
          <tr key={id}>
            <td style={{ width: '40%' }}>
              <LinkBase to={`/api-keys/${id}/show`}>{name}</LinkBase> <MonoText style={{ opacity: 0.75 }}>{masked}</MonoText>
            </td>
            <td style={{ width: '30%' }} data-label="Made by">
              {createdBy.name}{' '}
              {createdBy.state !== 'active' && <Chip tone={stateWords[createdBy.state].tone}>{stateWords[createdBy.state].label}</Chip>}
            </td>
            <td style={{ width: '30%' }} data-label="In the place of">
              {replaces?.name ?? '–'}
            </td>
            <td className="fit" data-label="Made">
              <TimeStamp at={createdAt} relative={relative} />
            </td>
            <td className="fit" data-label="Scopes" title={scopes.join(', ')}>
              {scopes.length}
            </td>
          </tr>
        ))}
      </tbody>
    </DataTable>
  );
}

/** `relative`: times as "3 min ago"; of what was signed they are exact, for it does not grow older. */
export function ReviewTables({ people, keys, concerns, relative = false }: Reviewed & { relative?: boolean }) {
  return (
    <>
      <Part>
        <h2>What stands out</h2>
        <ConcernList concerns={concerns} />
      </Part>
      <Part>
        <h2>People</h2>
        <p>Everybody with a role, open invitations, and who left but made keys that still work. Keys made are those that still work.</p>
        <PeopleTable people={people} relative={relative} />
      </Part>
      <Part>
        <h2>Keys that can be used</h2>
        <p>Who made a key has seen its secret. Of a key in the place of another one, that is who rotated it.</p>
        <KeyTable keys={keys} relative={relative} />
      </Part>
    </>
  );
}
