/**
 * CSV as RFC 4180 has it: CRLF, quotes doubled. Nothing is an empty cell, empty text is `""`. Text that a spreadsheet would run as a formula
 * (OWASP, "CSV Injection") gets an apostrophe before it; so does text that begins with one, hence whoever takes the first apostrophe away has the
 * value as it was.
 */
export const CRLF = '\r\n';
export const FORMULA_GUARD = "'";
/** Also as full-width forms, which spreadsheets in East Asian locales take for the same. */
export const formulaStarts: readonly string[] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠', FORMULA_GUARD];
const starts: ReadonlySet<string> = new Set(formulaStarts);

export const guarded = (text: string): string => (starts.has(text.charAt(0)) ? FORMULA_GUARD + text : text);

export const csvSeparators = { comma: ',', semicolon: ';', tab: '\t' } as const;
export type CsvSeparator = keyof typeof csvSeparators;

/** Numbers are no formulas: a negative one stays a number. */
export function csvCell(value: string | number | null, separator: string): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = guarded(value);
  return text === '' || text.includes('"') || text.includes(separator) || text.includes('\n') || text.includes('\r')
    ? `"${text.replaceAll('"', '""')}"`
    : text;
}

export const csvLine = (cells: readonly (string | number | null)[], separator: string): string =>
  cells.map((cell) => csvCell(cell, separator)).join(separator) + CRLF;
