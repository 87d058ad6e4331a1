/** A page of A4 and a place on it: the only file that draws. */
import type PDFKit from 'pdfkit';
import type { Line, PlacedRun } from './pdf-lines';

export const page = { width: 595.28, height: 841.89, left: 48, right: 48, top: 64, bottom: 56 } as const;
export const contentWidth = page.width - page.left - page.right;
const lowest = page.height - page.bottom;

export const inks = { text: '#1a1a1a', faint: '#5f6368', line: '#c4c8cd', shade: '#f1f3f4', alarm: '#b3261e' } as const;
export type Ink = keyof typeof inks;

/** Of the size of the text. */
export const LEADING = 1.36;
const BASELINE = 1.02;

export type Placed = { x: number; y: number; size: number; width: number; ink?: Ink };

export class PageWriter {
  y: number = page.top;

  constructor(readonly document: PDFKit.PDFDocument) {}

  get room(): number {
    return lowest - this.y;
  }
  get isFresh(): boolean {
    return this.y === page.top;
  }

  /** Goes on at the top of the next page when there is less room than that. */
  need(height: number): void {
    if (height > this.room && !this.isFresh) this.turn();
  }

  turn(): void {
    this.document.addPage();
    this.y = page.top;
  }

  /** A line of text whose upper edge is at `y`; one from right to left ends at the right edge. */
  line({ runs, rightToLeft }: Line, { x, y, size, width, ink = 'text' }: Placed): void {
    const { document } = this;
    document.fillColor(inks[ink]);
    const shown = runs.map((run) => this.shaped(run, size));
    // Letters that are joined are narrower than they are alone.
    let at = rightToLeft ? x + Math.max(0, width - shown.reduce((sum, run) => sum + run.width, 0)) : x;
    for (const run of shown) {
      document.font(run.face).fontSize(size);
      document.text(run.text, at, y + size * (LEADING - BASELINE) * 0.5, { lineBreak: false, ...run.options });
      at += run.width;
    }
  }

  private shaped({ text: read, face, rightToLeft }: PlacedRun, size: number) {
    const text = rightToLeft ? forShaper(read) : read;
    // Features, though none: a run that is shaped word by word would have its words in the order of the other direction.
    const options = rightToLeft ? { features: [] } : {};
    return { text, face, options, width: this.document.font(face).fontSize(size).widthOfString(text, options) };
  }

  rule(y: number, { from = page.left, to = page.width - page.right, ink = 'line' }: { from?: number; to?: number; ink?: Ink } = {}): void {
    this.document.lineWidth(0.5).strokeColor(inks[ink]).moveTo(from, y).lineTo(to, y).stroke();
  }

  shade(area: { x: number; y: number; width: number; height: number }, ink: Ink = 'shade'): void {
    this.document.rect(area.x, area.y, area.width, area.height).fill(inks[ink]);
  }
}

/** The shaper tells the direction by the script; what has none, such as brackets between two words, is turned here. */
const scripts = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}]/u;
const forShaper = (text: string): string => (scripts.test(text) ? text : Array.from(text).reverse().join(''));
