import { useState } from 'preact/hooks';
import type { SpanDetailBody } from '../../contracts/trace-search';
import { findTraces } from '../api/jaeger';
import { spanDetail, spanPath } from '../api/traces';
import { formatSeconds } from '../lib/format';
import { hrefTo, setQuery } from '../lib/location';
import { callBefore, isModelCall, isTool, requestBefore, toolsAfter } from '../lib/tool-pairs';
import type { SpanNode } from '../lib/trace-model';
import { useFetched } from '../lib/use-fetched';
import { AttributeTable } from './attribute-table';
import { CopyButton } from './copy-button';
import { Link } from './link';
import { Loading } from './loading';
import { ModelCall } from './model-call';
import { SpanContent } from './span-content';
import { SpanLogs } from './span-logs';

export interface SpanDetailProps {
  readonly traceId: string;
  readonly node: SpanNode;
  /** The other spans of the trace: the request before is among them. */
  readonly all: readonly SpanNode[];
  /** Microseconds. */
  readonly traceStart: number;
}

/** Everything about one span, asked for when it is opened; the model call's facts first where it is one. */
export function SpanDetail({ traceId, node, all, traceStart }: SpanDetailProps) {
  const { value, error } = useFetched(`span:${traceId}/${node.id}`, (signal) => spanDetail(traceId, node.id, signal));
  return (
    <aside class="card stack span-detail" aria-label={`Span ${node.name}`}>
      <header class="stack-tight">
        <div class="row">
          <h3>{node.name}</h3>
          <span class="grow" />
          <button
            class="button quiet"
            type="button"
            aria-label="Close the span"
            title="Close (Esc)"
            onClick={() => setQuery({ span: undefined })}
          >
            ✕
          </button>
        </div>
        <p class="muted small">
          {node.service} · starts at {formatSeconds((node.start - traceStart) / 1e6)} ·{' '}
          {node.running ? 'has not ended' : `takes ${formatSeconds(node.duration / 1e6)}`}
        </p>
        <code class="muted small">{node.id}</code>
      </header>
      {node.failed && (
        <p class="notice error">
          {value?.statusMessage || node.attributes['error.type'] || 'This span failed and says no more.'}
        </p>
      )}
      {node.warnings.map((warning) => (
        <p key={warning} class="notice">
          {warning}
        </p>
      ))}
      {error !== undefined && <p class="notice error">{error}</p>}
      <Usual node={node} />
      {value === undefined ? error === undefined && <Loading /> : <Facts detail={value} node={node} all={all} />}
    </aside>
  );
}

function Facts({
  detail,
  node,
  all,
}: {
  readonly detail: SpanDetailBody;
  readonly node: SpanNode;
  readonly all: readonly SpanNode[];
}) {
  const { dropped } = detail;
  return (
    <>
      <ModelCall detail={detail} duration={node.duration} />
      <Tools node={node} all={all} />
      <SpanContent detail={detail} before={isModelCall(node) ? requestBefore(node, all) : undefined} all={all} />
      {detail.events.length > 0 && (
        <section>
          <h4>Events</h4>
          {detail.events.map((event, index) => (
            <details key={index}>
              <summary>
                <span class="number muted">+{formatSeconds((event.at - node.start) / 1e6)}</span>{' '}
                {event.name || 'event'}
              </summary>
              <AttributeTable values={event.attributes} />
            </details>
          ))}
        </section>
      )}
      <SpanLogs traceId={detail.traceId} spanId={detail.spanId} />
      {detail.links.length > 0 && (
        <section class="stack-tight">
          <h4>Links</h4>
          {detail.links.map((link) => (
            <Link
              key={link.traceId + link.spanId}
              class="mono small"
              href={hrefTo(`/trace/${link.traceId}`, { span: link.spanId })}
            >
              trace {link.traceId.slice(0, 8)} · span {link.spanId}
            </Link>
          ))}
        </section>
      )}
      <section>
        <h4>Attributes</h4>
        <AttributeTable values={detail.attributes} />
        {dropped.attributes + dropped.events + dropped.links > 0 && (
          <p class="warn small">
            The emitter left out {dropped.attributes} attributes, {dropped.events} events and {dropped.links} links.
          </p>
        )}
      </section>
      <details>
        <summary class="small">
          Resource <span class="muted">who sent it</span>
        </summary>
        <AttributeTable values={detail.resource} />
        {detail.scope.name !== '' && (
          <p class="muted small">
            scope {detail.scope.name} {detail.scope.version}
          </p>
        )}
      </details>
      <div class="row">
        <CopyButton label="Copy JSON" text={() => JSON.stringify(detail, null, 2)} />
        <CopyButton
          label="Copy curl"
          text={() => `curl '${window.location.origin}${spanPath(detail.traceId, detail.spanId)}/detail'`}
        />
      </div>
    </>
  );
}

/** The tools that a model call asked for, or the call that a tool ran for. */
function Tools({ node, all }: { readonly node: SpanNode; readonly all: readonly SpanNode[] }) {
  const caller = isTool(node) ? callBefore(node, all) : undefined;
  const tools = isModelCall(node) ? toolsAfter(node, all) : [];
  if (caller === undefined && tools.length === 0) return null;
  return (
    <section class="stack-tight">
      <h4>{caller === undefined ? 'Tools it asked for' : 'Asked for by'}</h4>
      {(caller === undefined ? tools : [caller]).map((each) => (
        <button key={each.id} class="linklike row" type="button" onClick={() => setQuery({ span: each.id })}>
          <span>{each.name}</span>
          <span class="muted small number">{formatSeconds(each.duration / 1e6)}</span>
          {each.failed && <span class="bad small">failed</span>}
        </button>
      ))}
    </section>
  );
}

/** The median of the same operation over the day before, to compare with; asked for on request. */
function Usual({ node }: { readonly node: SpanNode }) {
  const [text, setText] = useState<string>();
  const ask = async (): Promise<void> => {
    try {
      const at = node.start / 1000;
      const found = await findTraces({
        service: node.service,
        operation: node.name,
        tags: {},
        minDuration: '',
        maxDuration: '',
        from: at - 86_400_000,
        to: at + 60_000,
        limit: 50,
      });
      const durations = found
        .flatMap((trace) => trace.spans.filter((span) => span.operationName === node.name))
        .map((span) => span.duration)
        .sort((a, b) => a - b);
      const median = durations[durations.length >> 1];
      setText(
        median === undefined
          ? 'No other span of this operation is stored.'
          : `p50 of ${durations.length} spans: ${formatSeconds(median / 1e6)}; this one takes ${(node.duration / Math.max(1, median)).toFixed(1)}×.`,
      );
    } catch (error) {
      setText(error instanceof Error ? error.message : String(error));
    }
  };
  return text === undefined ? (
    <div>
      <button
        class="button small"
        type="button"
        title="Half of the spans of this operation took less: asks for the day before"
        onClick={() => void ask()}
      >
        Compare with the p50
      </button>
    </div>
  ) : (
    <p class="small" role="status">
      {text}
    </p>
  );
}
