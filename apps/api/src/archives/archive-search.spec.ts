import type { ArchiveRow } from './archives.queries';
import { chosenOf } from './archive-search.service';

const files = (...sizes: number[]): ArchiveRow[] => sizes.map((bytes) => ({ bytes: String(bytes) }) as ArchiveRow);
const chosen = (...sizes: number[]) => {
  const { files: taken, more } = chosenOf(files(...sizes), { mostFiles: 3, mostBytes: 100 });
  return [taken.length, more];
};

it('a search brings back so many files, and of so many bytes, at a time; a single one whatever its size', () => {
  expect(chosen()).toEqual([0, false]);
  expect(chosen(50, 40, 10)).toEqual([3, false]);
  expect(chosen(10, 10, 10, 10)).toEqual([3, true]);
  expect(chosen(50, 51, 1)).toEqual([1, true]);
  expect(chosen(900)).toEqual([1, false]);
});
