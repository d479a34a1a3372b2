import { useState } from 'preact/hooks';
import type { StackLog } from '../../contracts/stack';
import { contentOfLogs, logsOfSpan } from '../api/stack';
import { useFetched } from '../lib/use-fetched';
import { AttributeTable } from './attribute-table';

/** Log records that name the span; what was said in them is shown after a click, which the server logs. */
export function SpanLogs({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }) {
  const { value } = useFetched(`logs:${traceId}/${spanId}`, (signal) => logsOfSpan(traceId, spanId, signal));
  const [shown, setShown] = useState<readonly StackLog[]>();
  const [error, setError] = useState('');
  const logs = shown ?? value ?? [];
  if (logs.length === 0) return null;
  const holding = logs.filter(({ withheld }) => withheld.length > 0).length;
  const reveal = async (): Promise<void> => {
    try {
      setShown(await contentOfLogs(traceId, spanId));
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
    }
  };
  return (
    <section class="stack-tight" aria-label="Logs">
      <h4>Logs</h4>
      {holding > 0 && (
        <div class="row">
          <button class="button small" type="button" onClick={() => void reveal()}>
            Show what was said in the logs
          </button>
          <span class="muted small">
            {holding === 1 ? 'One record holds' : `${holding} records hold`} content back; showing it is logged
          </span>
        </div>
      )}
      {error !== '' && <p class="notice error">{error}</p>}
      {logs.map((log, index) => (
        <LogRecord key={index} log={log} />
      ))}
    </section>
  );
}

function LogRecord({ log }: { readonly log: StackLog }) {
  const { withheld } = log;
  const isBodyWithheld = withheld.includes('body');
  return (
    <details>
      <summary>
        <span class="muted">{log.severityText}</span> {log.eventName || log.body.slice(0, 120)}{' '}
        {withheld.length > 0 && <span class="pill">withheld: {withheld.join(', ')}</span>}
      </summary>
      <AttributeTable values={{ ...(isBodyWithheld ? {} : { body: log.body }), ...log.attributes }} />
    </details>
  );
}
