/**
 * Whether somebody is signed in in this browser, as far as it remembers. The session itself is a cookie that scripts cannot read; without
 * this mark each visit of a signed-out person would ask "who am I?" and leave an anonymous 401 at the top of everybody's log. It is no
 * secret and opens nothing.
 */
export type SignInMark = { isSet: () => boolean; set: () => void; clear: () => void };

const name = 'pinebill.signedIn';

/** Where storage is switched off, asking is the only way to know. */
const orElse = <T>(work: () => T, otherwise: T): T => {
  try {
    return work();
  } catch {
    return otherwise;
  }
};

export const browserMark: SignInMark = {
  isSet: () => orElse(() => localStorage.getItem(name) !== null, true),
  set: () => orElse(() => localStorage.setItem(name, '1'), undefined),
  clear: () => orElse(() => localStorage.removeItem(name), undefined),
};
