/** bidi-js and fontkit bring no types. Only what is used. */
declare module 'bidi-js' {
  type Levels = { levels: Uint8Array; paragraphs: { start: number; end: number; level: number }[] };
  type Bidi = {
    getEmbeddingLevels: (text: string, baseDirection?: 'ltr' | 'rtl' | 'auto') => Levels;
    /** Null: it has no mirror image. */
    getMirroredCharacter: (character: string) => string | null;
  };
  export default function bidiFactory(): Bidi;
}

declare module 'fontkit' {
  export type Glyph = { advanceWidth: number };
  export type Position = { xAdvance: number; yAdvance: number; xOffset: number; yOffset: number };
  export type GlyphRun = { glyphs: Glyph[]; positions: Position[]; readonly advanceWidth: number };
  export type Font = {
    unitsPerEm: number;
    hasGlyphForCodePoint: (codePoint: number) => boolean;
    glyphForCodePoint: (codePoint: number) => Glyph;
    layout: (text: string, features?: readonly string[]) => GlyphRun;
  };
  export function create(bytes: Buffer): Font;
}
