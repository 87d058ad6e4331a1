/**
 * Spans into lines that fit a width, and a line into runs from left to right: which of them stand where when some are written from right to left is the
 * algorithm of Unicode (UAX 9). A word that is wider than the line is cut where it can be cut, behind a slash say, and else anywhere: paths have no blanks.
 */
import bidiFactory from 'bidi-js';
import type { Coverage, Face, Run } from './pdf-fonts';
import type { Span } from './report-document';
import { visible } from './visible-text';

const bidi = bidiFactory();

/** A letter with its marks. */
const clusters = /.\p{M}*/gsu;

/** Where there is none of them, everything runs from left to right; the marks that turn direction are escapes by now. */
const rightToLeftLetters = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u;

/** What is not divided, with the face it is drawn in. */
type Glyph = { text: string; face: Face; width: number };
/** `rightToLeft`: the text is in the order of reading, and is drawn from right to left. */
export type PlacedRun = Run & { rightToLeft: boolean };
export type Line = { runs: readonly PlacedRun[]; width: number; rightToLeft: boolean };

export type Measure = { coverage: Coverage; size: number; width: number };

export function linesOf(spans: readonly Span[], measure: Measure): Line[] {
  const glyphs = spans.flatMap(({ text, style }) =>
    measure.coverage
      .runs(visible(text), style)
      .flatMap(({ text: run, face }) =>
        (run.match(clusters) ?? []).map((cluster) => ({ text: cluster, face, width: measure.coverage.width(cluster, face, measure.size) })),
      ),
  );
  const whole = glyphs.map(({ text }) => text).join('');
  const levels = rightToLeftLetters.test(whole) ? bidi.getEmbeddingLevels(whole, 'auto') : null;
  const rightToLeft = ((levels?.paragraphs[0]?.level ?? 0) & 1) === 1;
  let at = 0;
  return broken(glyphs, measure.width).map((line) => {
    const start = at;
    at += line.reduce((sum, { text }) => sum + text.length, 0);
    const shown = trimmed(line);
    return { runs: placed(shown, { levels: levels?.levels ?? [], start }), width: widthOf(shown), rightToLeft };
  });
}

const widthOf = (glyphs: readonly Glyph[]): number => glyphs.reduce((sum, { width }) => sum + width, 0);
const trimmed = (line: readonly Glyph[]): readonly Glyph[] => line.slice(0, line.findLastIndex(({ text }) => text !== ' ') + 1);

/** Behind which a line may end within a word. */
const soft = /[/?&=,;:._\-–|@]/;

/** At least one line. Every glyph is in one of them. */
function broken(glyphs: readonly Glyph[], width: number): Glyph[][] {
  const lines: Glyph[][] = [];
  let from = 0;
  while (from < glyphs.length || lines.length === 0) {
    const to = endOfLine(glyphs, from, width);
    lines.push(glyphs.slice(from, to));
    from = to;
  }
  return lines;
}

function endOfLine(glyphs: readonly Glyph[], from: number, width: number): number {
  let [used, blank, cut] = [0, 0, 0];
  for (let at = from; at < glyphs.length; at += 1) {
    const glyph = glyphs[at];
    if (!glyph) break;
    used += glyph.width;
    // Blanks at the end hang over: they are not drawn.
    if (used > width && glyph.text !== ' ' && at > from) return blank > from ? wordsEnd(blank, cut, { from, at }) : cut > from ? cut : at;
    if (glyph.text === ' ') blank = at + 1;
    else if (soft.test(glyph.text)) cut = at + 1;
  }
  return glyphs.length;
}

/** A blank early in the line is not better than a slash late in it. */
const wordsEnd = (blank: number, cut: number, { from, at }: { from: number; at: number }): number =>
  cut > blank && blank - from < (at - from) / 2 ? cut : blank;

type Levels = { levels: ArrayLike<number>; start: number };

/** Runs of one face and one direction, in the order in which they stand (rule L2). */
function placed(line: readonly Glyph[], { levels, start }: Levels): PlacedRun[] {
  const runs: (PlacedRun & { level: number })[] = [];
  let at = start;
  for (const { text, face } of line) {
    const level = levels[at] ?? 0;
    const shown = level & 1 ? (bidi.getMirroredCharacter(text) ?? text) : text;
    const before = runs.at(-1);
    if (before?.face === face && before.level === level) before.text += shown;
    else runs.push({ text: shown, face, level, rightToLeft: (level & 1) === 1 });
    at += text.length;
  }
  return inOrder(runs);
}

function inOrder<T extends { level: number }>(runs: readonly T[]): T[] {
  const ordered = [...runs];
  const highest = Math.max(0, ...runs.map(({ level }) => level));
  for (let level = highest; level > 0; level -= 1)
    for (let at = 0; at < ordered.length; at += 1) {
      let end = at;
      while ((ordered[end]?.level ?? 0) >= level) end += 1;
      ordered.splice(at, end - at, ...ordered.slice(at, end).reverse());
      at = Math.max(at, end - 1);
    }
  return ordered;
}
