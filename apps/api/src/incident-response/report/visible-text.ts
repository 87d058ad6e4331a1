/**
 * What people, callers and attackers wrote, so that a reader sees it: whatever moves, hides or ends text becomes an escape, such as \u{202e}. Nothing is left
 * out. Lone surrogates are no characters, and are written the same way.
 */

// Controls, formats (bidirectional marks, zero widths, tags), the separators of lines and paragraphs, surrogates, private use, what is not assigned, and fillers.
// The zero-width joiners are for the rule after this one.
const unseen = /(?!\u200c|\u200d)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]|[\u115f\u1160\u3164\uffa0]|[\u{e0100}-\u{e01ef}]/gu;
// Joiners belong to some scripts and to emoji, and hide something between other letters.
const strayJoiner =
  /(?<![\p{Script=Arabic}\p{Script=Syriac}\p{Script=Devanagari}\p{Script=Bengali}\p{Extended_Pictographic}]|\ufe0f)(?:\u200c|\u200d)/gu;

export const escaped = (character: string): string => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;

/** On one line. */
export const visible = (text: string): string => text.replaceAll(unseen, escaped).replaceAll(strayJoiner, escaped);

/** Over several lines: their ends are kept, of whichever kind, and tabs are blanks. */
export const visibleLines = (text: string): string[] =>
  text
    .replaceAll(/\r\n?/g, '\n')
    .split('\n')
    .map((line) => visible(line.replaceAll('\t', '    ')));
