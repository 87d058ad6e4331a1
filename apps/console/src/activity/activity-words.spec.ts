import { sentenceOf, whoText } from './activity-words';

it('calls nobody by the name of a part of the product', () => {
  const by = (type: 'system' | 'user', name: string) => whoText({ type, id: null, name });
  expect([by('user', 'Ada'), by('system', 'sign-in'), by('system', 'api-keys.life')]).toEqual(['Ada', 'Not signed in', 'PineBill']);
});

it('writes an action without words out of its own name', () => {
  expect(sentenceOf({ action: 'rocket_ship.launched', after: null })).toBe('Launched: rocket ship');
});
