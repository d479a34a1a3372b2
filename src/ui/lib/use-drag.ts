import { useRef, useState } from 'preact/hooks';

/** Two places, in the order in which they were touched. */
export type Dragged = readonly [start: number, end: number];

interface DragHandlers {
  onPointerDown(event: PointerEvent & { readonly currentTarget: Element }): void;
  onPointerMove(event: PointerEvent): void;
  onPointerUp(event: PointerEvent): void;
}

/**
 * Follows a pointer from press to release; the end is where it was released, whether or not that was drawn yet.
 * @param placeAt what a point of the screen stands for.
 */
export function useDrag(
  placeAt: (event: PointerEvent) => number,
  onEnd: (dragged: Dragged) => void,
): { readonly drag: Dragged | undefined; readonly handlers: DragHandlers } {
  const start = useRef<number | undefined>(undefined);
  const [drag, setDrag] = useState<Dragged | undefined>();
  return {
    drag,
    handlers: {
      onPointerDown: (event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        const place = placeAt(event);
        start.current = place;
        setDrag([place, place]);
      },
      onPointerMove: (event) => {
        if (start.current !== undefined) setDrag([start.current, placeAt(event)]);
      },
      onPointerUp: (event) => {
        const from = start.current;
        start.current = undefined;
        setDrag(undefined);
        if (from !== undefined) onEnd([from, placeAt(event)]);
      },
    },
  };
}
