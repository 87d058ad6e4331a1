import type { HoldView } from '../api-types';

/** In the words of the filter; everything, where it has none. */
export const filterText = (filter: HoldView['filter']): string =>
  Object.entries(filter)
    .map(([name, value]) => `${name}:${[value].flat().join(' ')}`)
    .join('  ') || 'Everything';
