/**
 * jsdom asks every rule of every style sheet whether it matches, for every element that a query by role or a click looks at: half of the time of
 * these specs. Here a rule is asked only of elements that have the class, the id or the tag that its selector ends in; what is answered is the same.
 */
const cssom = require('rrweb-cssom');
const { CSSStyleDeclaration } = require('cssstyle');
const defaultStyleSheet = require('jsdom/lib/jsdom/browser/default-stylesheet');
const { implForWrapper } = require('jsdom/lib/jsdom/living/generated/utils');
const { matchesDontThrow } = require('jsdom/lib/jsdom/living/helpers/selectors');
const styleRules = require('jsdom/lib/jsdom/living/helpers/style-rules');

const each = (list, visit) => Array.prototype.forEach.call(list, visit);
const ofTheBrowser = cssom.parse(defaultStyleSheet);

/** The rules that can apply, as jsdom goes through them: of media queries those that name the screen. */
function styleRulesOf(sheet) {
  const rules = [];
  each(sheet.cssRules, (rule) => {
    if (!rule.media) rules.push(rule);
    else if (Array.prototype.includes.call(rule.media, 'screen')) each(rule.cssRules, (inner) => rules.push(inner));
  });
  return rules.filter(({ selectorText }) => selectorText !== undefined);
}

/** The last part of each selector of a list; null: it is written in a way that is not understood here. */
function lastParts(list) {
  if (/["'\\|]|[^\x00-\x7f]/.test(list)) return null;
  // What stands in brackets names other elements, or attributes.
  let plain = '';
  let depth = 0;
  for (const sign of list) {
    if (sign === '(' || sign === '[') depth++;
    if (depth === 0) plain += sign;
    if (sign === ')' || sign === ']') depth--;
  }
  if (depth !== 0) return null;
  return plain.split(',').map((selector) =>
    selector
      .trim()
      .split(/[\s>+~]+/)
      .at(-1),
  );
}

/** What an element must have for a selector to match: `.class`, `#id`, `tag`, or `*` when it cannot be told. One for each selector of the list. */
function needsOf(selectorText) {
  const parts = lastParts(selectorText);
  if (parts === null) return ['*'];
  return parts.map((part) => {
    const [simple] = part.split(':');
    const named = /[.#][\w-]+/.exec(simple);
    if (named) return named[0].toLowerCase();
    return /^[a-z][\w-]*$/i.test(simple) ? simple.toLowerCase() : '*';
  });
}

const knownNeeds = new Map();
function needsOnce(selectorText) {
  let needs = knownNeeds.get(selectorText);
  if (!needs) knownNeeds.set(selectorText, (needs = [...new Set(needsOf(selectorText))]));
  return needs;
}

/** The rules of a document by what they need. */
class RuleIndex {
  constructor() {
    this.sheets = [];
    this.lengths = [];
    this.rules = [];
    this.byNeed = new Map();
    this.declarations = new Map();
  }

  /** False when sheets have gone or changed; what has only come is taken in. */
  follows(sheets) {
    if (this.sheets.length > sheets.length) return false;
    for (let at = 0; at < this.sheets.length; at++)
      if (this.sheets[at] !== sheets[at] || this.lengths[at] !== sheets[at].cssRules.length) return false;
    for (let at = this.sheets.length; at < sheets.length; at++) this.add(sheets[at]);
    return true;
  }

  add(sheet) {
    this.sheets.push(sheet);
    this.lengths.push(sheet.cssRules.length);
    for (const rule of styleRulesOf(sheet)) {
      const place = this.rules.push(rule) - 1;
      for (const need of needsOnce(rule.selectorText)) {
        const places = this.byNeed.get(need);
        if (places) places.push(place);
        else this.byNeed.set(need, [place]);
      }
    }
  }

  /** Places of the rules that match, in their order. */
  matching(element) {
    const candidates = new Set();
    const take = (need) => {
      const places = this.byNeed.get(need);
      if (places) for (const place of places) candidates.add(place);
    };
    take('*');
    take(element.localName.toLowerCase());
    const id = element.getAttributeNS(null, 'id');
    if (id) take(`#${id.toLowerCase()}`);
    for (const name of (element.getAttributeNS(null, 'class') ?? '').toLowerCase().split(/\s+/)) if (name) take(`.${name}`);
    return [...candidates].sort((a, b) => a - b).filter((place) => matchesDontThrow(element, this.rules[place].selectorText));
  }

  declarationOf(element) {
    const places = this.matching(element);
    const own = element.style;
    const key = `${places.join()} ${own.length === 0 ? '' : own.cssText}`;
    let declaration = this.declarations.get(key);
    if (!declaration) {
      declaration = new CSSStyleDeclaration();
      for (const place of places) apply(this.rules[place].style, declaration);
      apply(own, declaration);
      this.declarations.set(key, declaration);
    }
    return declaration;
  }
}

function apply(style, declaration) {
  each(style, (property) => {
    const value = style.getPropertyValue(property);
    if (value === 'unset') declaration.removeProperty(property);
    else declaration.setProperty(property, value, style.getPropertyPriority(property));
  });
}

const indexes = new WeakMap();
function indexOf(document) {
  const sheets = document.styleSheets._list;
  let index = indexes.get(document);
  if (!index?.follows([ofTheBrowser, ...sheets])) {
    index = new RuleIndex();
    index.follows([ofTheBrowser, ...sheets]);
    indexes.set(document, index);
  }
  return index;
}

/** In jsdom's place; its cache is emptied whenever the document changes. */
function getDeclarationForElement(element) {
  const document = element._ownerDocument;
  const cache = (document._styleCache ??= new WeakMap());
  let declaration = cache.get(element);
  if (!declaration) cache.set(element, (declaration = indexOf(document).declarationOf(element)));
  return declaration;
}

/** What is asked for most. The colours, which cost most, are worked out when anything else is. */
const quick = { display: 'display', visibility: 'visibility', pointerEvents: 'pointer-events', 'pointer-events': 'pointer-events' };
const valueOf = (element, property) =>
  property === 'display' ? getDeclarationForElement(element).getPropertyValue(property) : styleRules.getResolvedValue(element, property);

function lazily(wrapper, compute) {
  const element = implForWrapper(wrapper);
  const target = new CSSStyleDeclaration();
  let filled = false;
  const fill = () => {
    if (filled) return target;
    filled = true;
    const whole = compute();
    each(whole, (property) => target.setProperty(property, whole.getPropertyValue(property), whole.getPropertyPriority(property)));
    return target;
  };
  const getPropertyValue = (property) => (property in quick ? valueOf(element, quick[property]) : fill().getPropertyValue(property));
  return new Proxy(target, {
    get: (_, name) => {
      if (name === 'getPropertyValue') return getPropertyValue;
      if (name in quick) return valueOf(element, quick[name]);
      const value = Reflect.get(fill(), name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
    has: (_, name) => Reflect.has(fill(), name),
    ownKeys: () => Reflect.ownKeys(fill()),
    getOwnPropertyDescriptor: (_, name) => Reflect.getOwnPropertyDescriptor(fill(), name),
  });
}

/** Before jsdom is loaded: it keeps the function that it finds. */
exports.indexStyles = () => {
  styleRules.getDeclarationForElement = getDeclarationForElement;
};

exports.answerQuickly = (window) => {
  const compute = window.getComputedStyle;
  window.getComputedStyle = (element, pseudo) =>
    pseudo || !implForWrapper(element)?._ownerDocument ? compute(element, pseudo) : lazily(element, () => compute(element));
};
