import type { StackLedgerRow } from '../../contracts/stack';
import { formatUsd, formatValue } from '../lib/format';
import { hrefTo, navigate } from '../lib/location';
import { CLASS_COLORS } from './token-bar';

/** More calls than this are too thin to be seen: the last are shown. */
const MOST = 160;
/** Pixels of a column. */
const WIDEST = 36;

/** Tokens of a session's model calls in order: how the context grows, what of it a cache served, and the cost so far. */
export function ContextChart({ calls }: { readonly calls: readonly StackLedgerRow[] }) {
  const counted = calls.filter((call) => !call.superseded && call.inputTokens !== null);
  if (counted.length < 2) return null;
  const shown = counted.slice(-MOST);
  const most = Math.max(1, ...shown.map((call) => (call.inputTokens ?? 0) + (call.outputTokens ?? 0)));
  const total = counted.reduce((sum, call) => sum + (call.costUsd ?? 0), 0);
  let spent = counted.slice(0, -MOST).reduce((sum, call) => sum + (call.costUsd ?? 0), 0);
  const line = shown.map((call, index) => {
    spent += call.costUsd ?? 0;
    return `${((index + 0.5) / shown.length) * 100},${100 - (total === 0 ? 0 : (spent / total) * 100)}`;
  });
  return (
    <section class="card">
      <header>
        <h3>Context over the calls</h3>
        <span class="muted small">one column a call; the line is the cost so far</span>
        <span class="grow" />
        <span class="muted small">
          at most {formatValue(most, 'tokens')} tokens · {formatUsd(total)}
        </span>
      </header>
      <div class="context-chart" style={{ maxWidth: `${shown.length * WIDEST}px` }}>
        {shown.map((call) => (
          <button
            key={call.id}
            type="button"
            disabled={call.traceId === ''}
            aria-label={labelOf(call)}
            title={labelOf(call)}
            onClick={() => navigate(hrefTo(`/trace/${call.traceId}`, call.spanId === '' ? {} : { span: call.spanId }))}
          >
            {partsOf(call).map(([name, tokens]) => (
              <i key={name} style={{ height: `${(tokens / most) * 100}%`, background: CLASS_COLORS[name] }} />
            ))}
          </button>
        ))}
        {total > 0 && (
          <svg viewBox="0 0 100 100" preserveAspectRatio="none" aria-hidden="true">
            <polyline points={line.join(' ')} vector-effect="non-scaling-stroke" />
          </svg>
        )}
      </div>
    </section>
  );
}

/** From the top of the column down. */
function partsOf(call: StackLedgerRow): (readonly [keyof typeof CLASS_COLORS, number])[] {
  return [
    ['output', call.outputTokens ?? 0],
    ['uncached', call.uncachedInputTokens ?? 0],
    ['cache write', call.cacheWriteTokens ?? 0],
    ['cache read', call.cacheReadTokens ?? 0],
  ];
}

function labelOf(call: StackLedgerRow): string {
  const parts = partsOf(call)
    .filter(([, tokens]) => tokens > 0)
    .map(([name, tokens]) => `${name} ${tokens.toLocaleString('en-US')}`);
  return `${call.responseModel || call.requestModel}: ${parts.join(', ')}${call.costUsd === null ? '' : `; ${formatUsd(call.costUsd)}`}`;
}
