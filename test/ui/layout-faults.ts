import type { Page } from 'playwright-core';

/**
 * What a person with a magnified page could not read or hit: text over other text, text that is cut off where nothing scrolls
 * and no title tells the rest, and controls that something lies over.
 */
export function layoutFaults(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {
    const faults = [];
    const named = (element) => element.tagName.toLowerCase() + (element.className ? '.' + String(element.className).trim().replace(/\\s+/g, '.') : '');
    const styles = new Map();
    const styleOf = (element) => styles.get(element) ?? (styles.set(element, getComputedStyle(element)), styles.get(element));
    const isHidden = (element) => {
      for (let each = element; each !== null; each = each.parentElement)
        if (each.classList.contains('visually-hidden') || each.classList.contains('skip')) return true;
      return !element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
    };
    // The part of a box that its ancestors let through.
    const clipped = (box, element) => {
      let { left, right, top, bottom } = box;
      for (let each = element; each !== null && each !== document.body; each = each.parentElement) {
        const { overflowX, overflowY, position } = styleOf(each);
        const frame = each.getBoundingClientRect();
        if (overflowX !== 'visible') [left, right] = [Math.max(left, frame.left), Math.min(right, frame.right)];
        if (overflowY !== 'visible') [top, bottom] = [Math.max(top, frame.top), Math.min(bottom, frame.bottom)];
        if (position === 'fixed') break;
      }
      return { left, right, top, bottom };
    };
    const texts = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const element = node.parentElement;
      if (node.data.trim() === '' || element === null || element.closest('option, script, style, select') || isHidden(element)) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      for (const box of range.getClientRects()) {
        if (box.width < 1 || box.height < 1) continue;
        const seen = clipped(box, element);
        // Within a line's height: letters do not fill their box.
        if (seen.right - seen.left > 2 && seen.bottom - seen.top > 4)
          texts.push({ ...seen, node, element, text: node.data.trim().slice(0, 30) });
      }
    }
    for (let a = 0; a < texts.length; a++)
      for (let b = a + 1; b < texts.length; b++) {
        const [one, two] = [texts[a], texts[b]];
        if (one.node === two.node) continue;
        const width = Math.min(one.right, two.right) - Math.max(one.left, two.left);
        const height = Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top);
        if (width > 3 && height > 5) faults.push('"' + one.text + '" (' + named(one.element) + ') and "' + two.text + '" (' + named(two.element) + ') overlap');
      }
    for (const element of new Set(texts.map((text) => text.element))) {
      for (let each = element; each !== null && each !== document.body; each = each.parentElement) {
        const style = styleOf(each);
        if (style.overflowX === 'auto' || style.overflowX === 'scroll') break;
        const isCut = style.overflowX !== 'visible' && each.scrollWidth > each.clientWidth + 1;
        if (isCut && element.closest('[title]') === null && each.querySelector('[title]') === null)
          faults.push('"' + element.textContent.trim().slice(0, 40) + '" is cut by ' + named(each));
        if (isCut) break;
      }
    }
    for (const control of document.querySelectorAll('button, a[href], input, select, textarea, summary')) {
      if (isHidden(control) || control.disabled) continue;
      control.scrollIntoView({ block: 'center', inline: 'nearest' });
      const box = clipped(control.getClientRects()[0] ?? control.getBoundingClientRect(), control.parentElement);
      const [x, y] = [(box.left + box.right) / 2, (box.top + box.bottom) / 2];
      if (box.right - box.left < 4 || box.bottom - box.top < 4) {
        if (control.closest('.waterfall-rows, .chart') === null) faults.push(named(control) + ' "' + control.textContent.trim().slice(0, 30) + '" is out of sight');
        continue;
      }
      const hit = document.elementFromPoint(x, y);
      if (hit === null || !(control.contains(hit) || hit.contains(control) || hit.closest('label')?.contains(control)))
        if (control.closest('.chart') === null)
          faults.push((hit === null ? 'nothing' : named(hit)) + ' lies over ' + named(control) + ' "' + control.textContent.trim().slice(0, 30) + '"');
    }
    return [...new Set(faults)];
  })()`);
}

/** Elements that would move or fade, if only for a moment. */
export function movingParts(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`[...document.querySelectorAll('*')].flatMap((element) =>
    [null, '::before', '::after'].flatMap((pseudo) => {
      const { animationName, transitionDuration } = getComputedStyle(element, pseudo);
      const moves = animationName !== 'none' || transitionDuration.split(',').some((each) => parseFloat(each) > 0);
      return moves ? [element.tagName + '.' + element.className + (pseudo ?? '')] : [];
    }),
  )`);
}
