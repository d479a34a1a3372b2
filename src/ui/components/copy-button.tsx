import { useEffect, useState } from 'preact/hooks';

/** Copies a text that is made or fetched when it is asked for, and says whether that worked. */
export function CopyButton({
  label,
  name,
  text,
}: {
  readonly label: string;
  /** What it copies, where the label alone does not say it. */
  readonly name?: string;
  readonly text: () => string | Promise<string>;
}) {
  const [state, setState] = useState<'idle' | 'done' | 'failed'>('idle');
  useEffect(() => {
    if (state === 'idle') return undefined;
    const timer = setTimeout(() => setState('idle'), 1800);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async (): Promise<void> => {
    try {
      await navigator.clipboard.writeText(await text());
      setState('done');
    } catch {
      setState('failed');
    }
  };
  return (
    <button
      class="button"
      type="button"
      aria-label={state === 'idle' ? name : undefined}
      title={name}
      onClick={() => void copy()}
    >
      {state === 'idle' ? label : state === 'done' ? 'Copied' : 'Not copied'}
    </button>
  );
}
