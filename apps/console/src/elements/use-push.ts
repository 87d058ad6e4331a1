/** What comes in late pushes down what stands below it: that is seen to move, instead of jumping from under the reader's eyes. */
import { useLayoutEffect, useRef, type RefObject } from 'react';
import { slideDown, slides } from './slide-down';

/** `of` chooses the element around it whose next ones move; without it, it is the element itself. */
export function usePush<Line extends HTMLElement>(of?: string): RefObject<Line | null> {
  const line = useRef<Line>(null);
  useLayoutEffect(() => {
    const element = of === undefined ? line.current : line.current?.closest<HTMLElement>(of);
    const first = element?.nextElementSibling;
    if (!line.current || !element || !(first instanceof HTMLElement)) return;
    pushAll(first, of === undefined ? first.offsetTop - element.offsetTop : line.current.offsetHeight);
  }, [of]);
  return line;
}

function pushAll(first: HTMLElement, pixels: number): void {
  if (pixels <= 0 || !slides(first)) return;
  for (let below: Element | null = first; below; below = below.nextElementSibling) push(below, pixels);
}

/** What is on its way still goes on from where it is. */
function push(element: Element, pixels: number): void {
  const moving = element.getAnimations();
  const before = moving.length === 0 ? 0 : new DOMMatrix(getComputedStyle(element).transform).m42;
  for (const animation of moving) animation.cancel();
  slideDown(element, pixels - before);
}
