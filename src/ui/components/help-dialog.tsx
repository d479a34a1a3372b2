import { useEffect, useRef } from 'preact/hooks';

/** Keys by where they do something. */
const KEYS: readonly (readonly [title: string, keys: readonly (readonly [keys: string, what: string])[]])[] = [
  [
    'Everywhere',
    [
      ['Ctrl K', 'go to anything by name'],
      ['g o', 'overview'],
      ['g d', 'dashboards'],
      ['g t', 'traces'],
      ['g s', 'sessions'],
      ['g a', 'alerts'],
      ['g e', 'explore'],
      ['g r', 'report'],
      ['g l', 'limits'],
      ['g n', 'send data'],
      ['t', 'times of day · how long ago'],
      ['?', 'this list'],
      ['Esc', 'back, close'],
    ],
  ],
  [
    'Traces',
    [
      ['/', 'conditions'],
      ['j · k', 'next · previous trace'],
      ['Enter', 'open it'],
      ['l', 'live on · off'],
      ['p', 'pause · resume'],
    ],
  ],
  [
    'One trace',
    [
      ['/', 'find spans'],
      ['n · N', 'next · previous found'],
      ['j · k', 'next · previous span'],
      ['← · →', 'collapse · expand'],
      ['e · E', 'next · previous failed span'],
      ['c', 'critical path on · off'],
      ['f', 'only what is below the span'],
    ],
  ],
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
      {KEYS.map(([title, keys]) => (
        <section key={title}>
          <h3>{title}</h3>
          <dl class="keys">
            {keys.map(([names, what]) => (
              <div key={names}>
                <dt>
                  {names.split(' · ').map((name) => (
                    <kbd key={name}>{name}</kbd>
                  ))}
                </dt>
                <dd>{what}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <p class="muted">
        Drag on a chart or a time axis to zoom; double-click to go back. Click a time axis twice to measure.
      </p>
      <form method="dialog">
        <button class="button" type="submit">
          Close
        </button>
      </form>
    </dialog>
  );
}
