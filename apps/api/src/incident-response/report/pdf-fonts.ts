/**
 * The typefaces of a report on paper: DejaVu (Latin, Greek, Cyrillic, Hebrew, Arabic, Armenian, Georgian, Lao, symbols). Each character is drawn by the first
 * face that has it; what none has, such as Chinese, is written as an escape, so that nothing is lost in silence: the other formats hold the character itself.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { Font, Glyph, GlyphRun } from 'fontkit';
import type { Style } from './report-document';
import { escaped } from './visible-text';

export type Face = 'regular' | 'bold' | 'italic' | 'mono';
const files: Record<Face, string> = {
  regular: 'DejaVuSans.ttf',
  bold: 'DejaVuSans-Bold.ttf',
  italic: 'DejaVuSans-Oblique.ttf',
  mono: 'DejaVuSansMono.ttf',
};
export const faces = Object.keys(files) as Face[]; // Object.keys forgets what they are

const faceOf: Record<Style, Face> = { plain: 'regular', bold: 'bold', italic: 'italic', code: 'mono' };

export type FaceFile = { face: Face; bytes: Buffer };

/** Read when the first report on paper is asked for: 2.5 MB. */
export function readFaces(from: string = process.argv[1] ?? join(process.cwd(), 'package.json')): FaceFile[] {
  const { resolve } = createRequire(from);
  return faces.map((face) => ({ face, bytes: readFileSync(resolve(`dejavu-fonts-ttf/ttf/${files[face]}`)) }));
}

/** A run of text in one face. */
export type Run = { text: string; face: Face };

/** In thousandths of the size; null: the face does not have it. */
type Advance = number | null;

export class Coverage {
  private readonly advances = new Map<string, Advance>();

  constructor(private readonly fonts: Readonly<Record<Face, Font>>) {}

  /** Text without controls, in the faces that can show it. */
  runs(text: string, style: Style): Run[] {
    const runs: Run[] = [];
    for (const character of text) {
      const face = [faceOf[style], 'regular' as const].find((one) => this.advance(character, one) !== null);
      const shown = { text: face === undefined ? escaped(character) : character, face: face ?? faceOf[style] };
      const before = runs.at(-1);
      if (before?.face === shown.face) before.text += shown.text;
      else runs.push(shown);
    }
    return runs;
  }

  /** Letter by letter: what letters do to each other is of no matter to where a line ends. */
  width(text: string, face: Face, size: number): number {
    let sum = 0;
    for (const character of text) sum += this.advance(character, face) ?? 0;
    return (sum * size) / 1_000;
  }

  /** Looked up once: a font file is slow to ask. */
  private advance(character: string, face: Face): Advance {
    const known = this.advances.get(face + character);
    if (known !== undefined) return known;
    const [font, point] = [this.fonts[face], character.codePointAt(0) ?? 0];
    const advance = font.hasGlyphForCodePoint(point) ? (font.glyphForCodePoint(point).advanceWidth * 1_000) / font.unitsPerEm : null;
    this.advances.set(face + character, advance);
    return advance;
  }
}

/**
 * Opened anew for each document: what a font remembers of one would show in the bytes of the next. Text of scripts whose letters do nothing to each other is
 * set letter by letter, without asking the tables of the font, which takes fifty times as long.
 */
export function openFont(create: (bytes: Buffer) => Font, bytes: Buffer): Font {
  const font = create(bytes);
  const shape = font.layout.bind(font);
  const glyphs = new Map<string, Glyph>();
  const glyphOf = (character: string): Glyph => {
    const known = glyphs.get(character) ?? font.glyphForCodePoint(character.codePointAt(0) ?? 0);
    glyphs.set(character, known);
    return known;
  };
  font.layout = (text, features) => (apart.test(text) ? inARow(Array.from(text, glyphOf)) : shape(text, features));
  return font;
}

const apart = /^[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}\p{P}\p{S}\p{Zs}]*$/u;

function inARow(glyphs: Glyph[]): GlyphRun {
  const positions = glyphs.map(({ advanceWidth }) => ({ xAdvance: advanceWidth, yAdvance: 0, xOffset: 0, yOffset: 0 }));
  // Whoever draws scales the positions, and asks for the sum afterwards.
  return { glyphs, positions, get advanceWidth() { return positions.reduce((sum, { xAdvance }) => sum + xAdvance, 0); } }; // prettier-ignore
}
