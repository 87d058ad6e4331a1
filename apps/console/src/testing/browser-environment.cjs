const { answerQuickly, indexStyles } = require('./indexed-styles.cjs');
indexStyles();
const { TestEnvironment } = require('jest-environment-jsdom');

/** What a browser has, react-router and MUI expect, and jsdom does not bring along. Taken from Node. */
module.exports = class BrowserEnvironment extends TestEnvironment {
  async setup() {
    await super.setup();
    const { window } = this.dom;
    Object.assign(this.global, { Request, Response, Headers, AbortController, AbortSignal, TextEncoder, TextDecoder, structuredClone });
    const never = () => undefined;
    window.matchMedia = (media) => ({
      matches: false,
      media,
      addListener: never,
      removeListener: never,
      addEventListener: never,
      removeEventListener: never,
    });
    answerQuickly(window);
    window.scrollTo = never;
    window.Element.prototype.scrollIntoView = never;
  }
};
