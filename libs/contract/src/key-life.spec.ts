import { keyStates } from './access';
import { errors } from './errors';
import { conditionOf, keyCommands, keyConditions, keyStep, mayDo, type KeyCommand, type KeyLife } from './key-life';

/** Written down once more, apart from the table: a row is what each command does, in the order of the header. */
const expected = `
                        mint     rotate       disable   enable   quarantine   revoke   expire   endOverlap
  none                  active   404          404       404      404          404      404      404
  active                409      rotating     disabled  same     quarantined  revoked  expired  409
  active rotated        409      twice        disabled  same     quarantined  revoked  expired  rotatedOut
  expiring              409      rotating     disabled  same     quarantined  revoked  expired  409
  expiring rotated      409      twice        disabled  same     quarantined  revoked  expired  rotatedOut
  disabled              409      409          same      resumed  409          revoked  expired  409
  disabled rotated      409      409          same      resumed  409          revoked  expired  rotatedOut
  quarantined           409      quarantined  disabled  resumed  same         revoked  expired  409
  quarantined rotated   409      twice        disabled  resumed  same         revoked  expired  rotatedOut
  rotatedOut            409      twice        ended     ended    ended        revoked  expired  same
  rotatedOut rotated    409      twice        ended     ended    ended        revoked  expired  same
  expired               409      ended        ended     ended    ended        revoked  same     same
  expired rotated       409      ended        ended     ended    ended        revoked  same     same
  revoked               409      ended        ended     ended    ended        same     same     same
  revoked rotated       409      ended        ended     ended    ended        same     same     same
`;
const words: Record<string, string> = {
  404: 'resource_not_found',
  409: 'illegal_transition',
  twice: 'already_rotated',
  ended: 'key_has_ended',
};

const [header = '', ...lines] = expected.split('\n').filter((line) => line.trim() !== '');
const rows = lines.map((line) => {
  const [name = '', ...cells] = line.trim().split(/\s{2,}/);
  return { name, cells };
});
const lifeOf = (name: string): KeyLife | null => {
  if (name === 'none') return null;
  const [state, rotated] = name.split(' ');
  return { state: state as KeyLife['state'], isRotated: rotated === 'rotated' };
};
const told = (life: KeyLife | null, command: KeyCommand): string => {
  const step = keyStep(life, command);
  return 'to' in step ? step.to : step.refused;
};

it('is about every state, with and without a successor, and about every command', () => {
  expect(header.trim().split(/\s+/)).toEqual([...keyCommands]);
  expect(rows.map(({ name }) => name)).toEqual(['none', ...keyStates.flatMap((state) => [state, `${state} rotated`])]);
  const reached = rows.map(({ name }) => lifeOf(name)).map((life) => (life === null ? 'none' : conditionOf(life)));
  expect(new Set(reached)).toEqual(new Set(keyConditions));
});

it.each(rows)('does with a key that is $name what the table says', ({ name, cells }) => {
  expect(keyCommands.map((command) => told(lifeOf(name), command))).toEqual(cells.map((cell) => words[cell] ?? cell));
});

it('refuses with errors of the catalogue only, conflicts as 409', () => {
  for (const code of Object.values(words)) expect(errors).toHaveProperty(code);
  expect([errors.already_rotated.status, errors.key_has_ended.status]).toEqual([409, 409]);
});

it('has no way back from revoked, and none to a living state from what has ended', () => {
  for (const state of ['rotatedOut', 'expired', 'revoked'] as const) {
    const possible = keyCommands.map((command) => told({ state, isRotated: false }, command));
    expect(possible.filter((to) => ['active', 'rotating', 'disabled', 'quarantined', 'resumed'].includes(to))).toEqual([]);
  }
  expect(keyCommands.filter((command) => mayDo({ state: 'revoked', isRotated: false }, command))).toEqual([]);
});
