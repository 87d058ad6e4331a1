// What react-router and MUI expect of a browser and jsdom does not bring along.
const { TextDecoder, TextEncoder } = require('node:util');
Object.assign(globalThis, { TextDecoder, TextEncoder });
window.matchMedia = (query) => ({ matches: false, media: query, onchange: null, addListener() {}, removeListener() {}, addEventListener() {}, removeEventListener() {}, dispatchEvent: () => false });
window.scrollTo = () => {};
Element.prototype.scrollIntoView = () => {};
