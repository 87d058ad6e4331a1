import fc from 'fast-check';
import { preferencesOf, storePreference } from './preferences';
import { chosenZone, fromWallText, toWallText } from './time-zone';
import { exactTime } from './times';

const zones = ['UTC', 'Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Apia', 'Australia/Lord_Howe'];

describe('a time of the wall', () => {
  it('comes back as the same time, in every zone, except in the hour that comes twice, when it is the first', () => {
    const anInstant = fc.integer({ min: Date.UTC(2015, 0, 1) / 1_000, max: Date.UTC(2035, 0, 1) / 1_000 });
    fc.assert(
      fc.property(anInstant, fc.constantFrom(...zones), (seconds, zone) => {
        const at = new Date(seconds * 1_000).toISOString();
        const back = fromWallText(toWallText(at, zone), zone);
        expect(toWallText(back, zone)).toBe(toWallText(at, zone));
        expect(Date.parse(at) - Date.parse(back)).toBeGreaterThanOrEqual(0);
        expect(Date.parse(at) - Date.parse(back)).toBeLessThanOrEqual(3_600_000);
      }),
    );
  });

  it('of the hour that is left out is the hour after, of the one that comes twice the first', () => {
    expect(fromWallText('2025-03-30T02:30:00', 'Europe/Berlin')).toBe('2025-03-30T01:30:00.000Z');
    expect(fromWallText('2025-10-26T02:30:00', 'Europe/Berlin')).toBe('2025-10-26T00:30:00.000Z');
  });
});

describe('the zone', () => {
  afterEach(() => {
    storePreference('time.zone', null);
    preferencesOf('');
  });

  it('is each person’s own, and what is no zone is the browser’s', () => {
    preferencesOf('usr_1');
    storePreference('time.zone', 'Asia/Kathmandu');
    expect(exactTime('2025-12-02T10:30:15Z')).toBe('Dec 2, 2025 4:15:15 PM');
    preferencesOf('usr_2');
    expect(chosenZone()).toBeNull();
    storePreference('time.zone', 'Atlantis/Capital');
    expect(chosenZone()).toBeNull();
    storePreference('time.zone', null);
    preferencesOf('usr_1');
    expect(chosenZone()).toBe('Asia/Kathmandu');
  });
});
