import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { windowOf } from './row-window';
import type { RowWindow } from './row-window';

/** Pixels. */
export const ROW_HEIGHT = 26;
/** Rows beyond either edge that exist already: what a turn of the wheel brings into view is there. */
const OVERSCAN = 12;
/** Milliseconds without scrolling after which it has ended. */
const SETTLED = 150;

/** The rows that exist of a list in a box that scrolls. */
export function useRowWindow(box: RefObject<HTMLElement | null>, total: number): RowWindow {
  const [height, setHeight] = useState(640);
  const [top, setTop] = useState(0);
  const [isScrolling, setScrolling] = useState(false);
  const anchor = useRef(0);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const onScroll = (): void => {
      setTop(element.scrollTop);
      setScrolling(true);
      clearTimeout(timer);
      timer = setTimeout(() => setScrolling(false), SETTLED);
    };
    const resize = new ResizeObserver(() => setHeight(element.clientHeight));
    resize.observe(element);
    element.addEventListener('scroll', onScroll, { passive: true });
    return () => {
      clearTimeout(timer);
      resize.disconnect();
      element.removeEventListener('scroll', onScroll);
    };
  }, []);
  const shown = Math.ceil(height / ROW_HEIGHT) + 1;
  const first = Math.floor(top / ROW_HEIGHT);
  const result = windowOf(first, shown, OVERSCAN, total, isScrolling ? anchor.current : undefined);
  anchor.current = result.anchor;
  return result;
}
