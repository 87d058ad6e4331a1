import { factsText, factText } from './facts';

it('tells facts in words, not in names of the code', () => {
  expect(factsText({ callsInHour: 11, because: 'hourOfWeek', shareOfCalls: 0.254 })).toBe(
    'Calls in hour: 11; Compared with: this hour of other weeks; Share of calls: 25 %',
  );
  expect(factText('kind', 'unknownId')).toBe('unknown id');
  expect(factText('hourOfWeek', 5 * 24 + 9)).toBe('Saturday 09:00 UTC');
  expect([factText('countries', []), factText('countries', ['DE', 'US']), factText('country', null)]).toEqual([
    'none',
    'DE, US',
    'not known',
  ]);
});

it('what a caller has sent is told as it was sent', () => {
  expect(factText('cause', 'invalidField')).toBe('invalidField');
});
