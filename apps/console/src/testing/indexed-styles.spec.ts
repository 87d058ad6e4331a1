/** What the specs see of styles: every rule that matches, in its order, whatever its selector looks like. */
import * as fc from 'fast-check';

const simple = fc.constantFrom(
  '.a',
  '.b',
  '.A',
  '#one',
  'p',
  'span',
  '*',
  '.a.b',
  'p.a',
  '.a:not(.b)',
  '[title="x, .y"]',
  ':is(.a, span)',
  '.a\\+b',
  '.ä',
);
const complex = fc.tuple(simple, fc.constantFrom(' ', ' > ', ' + ', ' ~ '), simple).map((parts) => parts.join(''));
const selector = fc.array(fc.oneof(simple, complex), { minLength: 1, maxLength: 3 }).map((list) => list.join(', '));
const display = fc.constantFrom('none', 'block', 'inline', 'flex');
const rules = fc.array(fc.record({ selector, display, screen: fc.boolean() }), { minLength: 1, maxLength: 8 });
const page = `<p class="a b" id="one"><span class="b" title="x, .y">1</span><i class="a+b">2</i></p><p class="ä"><span>3</span></p><span class="a">4</span>`;

const styleOf = (css: string): HTMLStyleElement => Object.assign(document.createElement('style'), { textContent: css });
const everyElement = () => [...document.body.querySelectorAll<HTMLElement>('*')];

it('is what the last rule says that matches', () => {
  fc.assert(
    fc.property(rules, rules, (first, later) => {
      document.body.innerHTML = page;
      document.head.replaceChildren();
      const all: typeof first = [];
      // Rules that come while the page stands count as those that were there.
      for (const more of [first, later]) {
        all.push(...more);
        for (const { selector, display, screen } of more) {
          const rule = `${selector} { display: ${display} }`;
          document.head.append(styleOf(screen ? `@media screen { ${rule} }` : rule));
        }
        for (const element of everyElement()) {
          const last = all.findLast(({ selector }) => element.matches(selector));
          const natural = element.localName === 'p' ? 'block' : '';
          expect(getComputedStyle(element).display).toBe(last?.display ?? natural);
        }
      }
      // As do those that go.
      document.head.replaceChildren();
      for (const element of everyElement()) expect(getComputedStyle(element).display).toBe(element.localName === 'p' ? 'block' : '');
    }),
  );
});

it('is inherited where it is, and changes with classes and with what an element says itself', () => {
  document.head.replaceChildren(styleOf('.gone { visibility: hidden } .still { pointer-events: none; color: red; padding-left: 3px }'));
  document.body.innerHTML = '<div class="gone still"><b>1</b></div>';
  const [box, inner] = everyElement() as [HTMLElement, HTMLElement];
  const seen = () => {
    const { visibility, pointerEvents, color } = getComputedStyle(inner);
    return [visibility, pointerEvents, color];
  };
  expect(seen()).toEqual(['hidden', 'none', 'rgb(255, 0, 0)']);
  expect(getComputedStyle(box).getPropertyValue('padding-left')).toBe('3px');
  expect(getComputedStyle(box)).toHaveLength(Array.from(getComputedStyle(box)).length);
  box.className = 'still';
  expect(seen()).toEqual(['visible', 'none', 'rgb(255, 0, 0)']);
  inner.style.pointerEvents = 'auto';
  inner.style.color = 'blue';
  expect(seen()).toEqual(['visible', 'auto', 'rgb(0, 0, 255)']);
});
