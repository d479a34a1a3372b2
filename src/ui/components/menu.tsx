import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

/** A button that opens what it holds below itself; a click elsewhere and Escape close it. */
export function Menu({ label, children }: { readonly label: string; readonly children: ComponentChildren }) {
  const details = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (event: Event): void => {
      const element = details.current;
      if (element === null || !element.open) return;
      if (event instanceof KeyboardEvent ? event.key === 'Escape' : !element.contains(event.target as Node | null))
        element.open = false;
    };
    window.addEventListener('pointerdown', close);
    window.addEventListener('keydown', close);
    return () => {
      window.removeEventListener('pointerdown', close);
      window.removeEventListener('keydown', close);
    };
  }, []);
  return (
    <details class="menu" ref={details}>
      <summary class="button">{label} ▾</summary>
      <div
        class="menu-body card"
        onClick={(event) => {
          const target = event.target;
          // What leads elsewhere leaves no open menu behind.
          if (details.current !== null && target instanceof Element && target.closest('[data-closes]') !== null)
            details.current.open = false;
        }}
      >
        {children}
      </div>
    </details>
  );
}
