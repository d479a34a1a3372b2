import { useEffect, useRef } from 'preact/hooks';

const KEYS: readonly (readonly [keys: string, what: string])[] = [
  ['g o · g d · g t', 'overview · dashboards · traces'],
  ['g s · g a · g e', 'sessions · alerts · explore'],
  ['/', 'search'],
  ['j · k', 'next · previous row or span'],
  ['← · →', 'collapse · expand'],
  ['e', 'next failed span'],
  ['c', 'critical path on · off'],
  ['f', 'focus on the subtree'],
  ['Enter', 'open'],
  ['Esc', 'back, close'],
  ['?', 'this list'],
];

/** The keys that do something. */
export function HelpDialog({ onClose }: { readonly onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog
      ref={dialog}
      class="dialog"
      aria-labelledby="help-title"
      onClose={onClose}
      onClick={(event) => event.target === dialog.current && dialog.current?.close()}
    >
      <h2 id="help-title">Keyboard</h2>
      <dl class="keys">
        {KEYS.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              {keys.split(' · ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="muted">Drag on a chart or a time axis to zoom; double-click to go back.</p>
      <form method="dialog">
        <button class="button" type="submit">
          Close
        </button>
      </form>
    </dialog>
  );
}
