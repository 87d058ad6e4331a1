/** One text, twice: as it is, and as HTML that loads nothing from anywhere. Paragraphs stand apart; a URL alone in a line becomes a button. */

/** What every mail ends with: who sent it, and why it came. */
export const withFooter = (text: string, organizationName: string): string =>
  `${text.trim()}\n\n-- \nSent by PineBill for ${organizationName}. Nobody reads answers to this address.\n`;

export function htmlOf(text: string): string {
  const paragraphs = text
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => `<p style="margin:0 0 16px">${paragraph.split('\n').map(lineOf).join('<br>')}</p>`);
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body style="margin:0;padding:24px;font:15px/1.5 Inter,Arial,sans-serif;color:#1c2321">
<div style="max-width:560px">${paragraphs.join('\n')}</div></body></html>`;
}

const url = /^https?:\/\/[^\s<>"]+$/;

function lineOf(line: string): string {
  const text = escaped(line);
  if (!url.test(line)) return text;
  return `<a href="${text}" style="display:inline-block;padding:8px 16px;border-radius:6px;background:#0F6B4F;color:#fff;text-decoration:none">${labelOf(line)}</a><br><span style="font-size:12px;color:#5b6561;word-break:break-all">${text}</span>`;
}

/** The address follows in full: nobody has to trust a button. */
const labelOf = (line: string): string => `Open ${escaped(new URL(line).host)}`;

const escaped = (text: string): string => text.replace(/[&<>"']/g, (character) => `&#${character.codePointAt(0) ?? 0};`);
