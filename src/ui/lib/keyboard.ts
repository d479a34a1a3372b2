/**
 * Calls back for keys pressed outside of fields and without modifiers; returns the way to stop.
 * @param first hears a key before those who do not ask to; it may stop the event.
 */
export function onKey(callback: (key: string, event: KeyboardEvent) => void, first = false): () => void {
  const listener = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    const inField =
      target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
    if (inField && event.key !== 'Escape') return;
    if (inField && target instanceof HTMLElement) target.blur();
    callback(event.key, event);
  };
  window.addEventListener('keydown', listener, first);
  return () => window.removeEventListener('keydown', listener, first);
}
