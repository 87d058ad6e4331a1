const SLIDE_MS = 180;

/** Whether what moves is seen to move: nobody asked for less motion, and there is a browser that can. */
export const slides = (element: Element): boolean =>
  typeof element.animate === 'function' && !matchMedia('(prefers-reduced-motion: reduce)').matches;

/** To where it stands now, from so many pixels above. */
export const slideDown = (element: Element, pixels: number): Animation =>
  element.animate([{ transform: `translateY(${-pixels}px)` }, { transform: 'none' }], { duration: SLIDE_MS, easing: 'ease-out' });
