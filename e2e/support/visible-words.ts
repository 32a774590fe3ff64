/** The words that a person sees in the window without scrolling, hovering or opening anything. */
import type { Page } from '@playwright/test';

interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Numbers, signs and icons are not words. */
export function isWord(text: string): boolean {
  return /\p{L}/u.test(text);
}

/** Words, numbers and signs that are not scrolled away, clipped, transparent or hidden, in the order of the document. */
export async function visibleTexts(page: Page): Promise<string[]> {
  return page.evaluate(findVisibleTexts);
}

/** Runs in the page. */
function findVisibleTexts(): string[] {
  /** The part of the window in which the children of an element are drawn. */
  const shownPart = (element: Element): Box => {
    let [left, top, right, bottom] = [0, 0, window.innerWidth, window.innerHeight];
    for (let ancestor: Element | null = element; ancestor !== null; ancestor = ancestor.parentElement) {
      const { overflowX, overflowY, position } = getComputedStyle(ancestor);
      if (overflowX !== 'visible' || overflowY !== 'visible') {
        const box = ancestor.getBoundingClientRect();
        [left, top] = [Math.max(left, box.left), Math.max(top, box.top)];
        [right, bottom] = [Math.min(right, box.right), Math.min(bottom, box.bottom)];
      }
      if (position === 'fixed') break;
    }
    return { left, top, right, bottom };
  };

  const isShown = (element: Element): boolean =>
    element.checkVisibility({ opacityProperty: true, visibilityProperty: true });

  /** A bar that stays in place when the page scrolls covers the content below it. */
  const isUnderBar = (element: Element, x: number, y: number): boolean => {
    const isBar = (above: Element): boolean => ['fixed', 'sticky'].includes(getComputedStyle(above).position);
    let above: Element | null = document.elementFromPoint(x, y);
    while (above !== null && !(isBar(above) && !above.contains(element))) above = above.parentElement;
    return above !== null;
  };

  /** The middle of the box must be in view. Texts for screen readers alone are in boxes of one pixel. */
  const isInView = (element: Element, box: Box, part: Box): boolean => {
    const middle = { x: (box.left + box.right) / 2, y: (box.top + box.bottom) / 2 };
    const isLargeEnough = part.right - part.left > 2 && part.bottom - part.top > 2;
    const isInside = middle.x > part.left && middle.x < part.right && middle.y > part.top && middle.y < part.bottom;
    return isLargeEnough && isInside && box.right - box.left > 1 && !isUnderBar(element, middle.x, middle.y);
  };

  /** A field shows text that is not in a text node. */
  const textOfField = (element: Element): string => {
    if (element instanceof HTMLSelectElement) return element.selectedOptions[0]?.label ?? '';
    const isText = element instanceof HTMLInputElement && ['text', 'search', 'number'].includes(element.type);
    return isText ? element.value || element.placeholder : '';
  };

  const found: string[] = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    if (node instanceof Element) {
      const text = textOfField(node);
      if (text !== '' && isShown(node) && isInView(node, node.getBoundingClientRect(), shownPart(node))) {
        found.push(...text.split(/\s+/u));
      }
      continue;
    }
    const element = node.parentElement;
    const text = node.textContent ?? '';
    if (element === null || text.trim() === '' || !isShown(element)) continue;
    const part = shownPart(element);
    for (const { 0: word, index } of text.matchAll(/\S+/gu)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      if (isInView(element, range.getBoundingClientRect(), part)) found.push(word);
    }
  }
  return found;
}
