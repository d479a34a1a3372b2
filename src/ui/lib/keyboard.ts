/** Calls back for keys pressed outside of fields and without modifiers; returns the way to stop. */
export function onKey(callback: (key: string, event: KeyboardEvent) => void): () => void {
  const listener = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const target = event.target;
    const inField =
      target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
    if (inField && event.key !== 'Escape') return;
    if (inField && target instanceof HTMLElement) target.blur();
    callback(event.key, event);
  };
  window.addEventListener('keydown', listener);
  return () => window.removeEventListener('keydown', listener);
}
