import { useState } from 'preact/hooks';
import { findTraces } from '../api/jaeger';
import { logsOfSpan } from '../api/stack';
import { formatSeconds, formatUsd } from '../lib/format';
import { costOf } from '../lib/span-usage';
import { useFetched } from '../lib/use-fetched';
import { tagsOf } from '../lib/trace-model';
import type { SpanNode } from '../lib/trace-model';

interface TokenPart {
  readonly key: string;
  readonly title: string;
  readonly color: string;
}

const TOKEN_PARTS: readonly TokenPart[] = [
  { key: 'uncached', title: 'input, uncached', color: '#56b4e9' },
  { key: 'gen_ai.usage.cache_read.input_tokens', title: 'cache read', color: '#2fbf8f' },
  { key: 'gen_ai.usage.cache_creation.input_tokens', title: 'cache write', color: '#e69f00' },
  { key: 'gen_ai.usage.output_tokens', title: 'output', color: '#cc79a7' },
];

/** Everything about one span; the model call's facts first where it is one. */
export function SpanDetail({
  node,
  all,
  traceStart,
}: {
  readonly node: SpanNode;
  /** The other spans of the trace: the request before is among them. */
  readonly all: readonly SpanNode[];
  readonly traceStart: number;
}) {
  const { attributes, span } = node;
  return (
    <aside class="card stack span-detail" aria-label={`Span ${node.name}`}>
      <header class="stack-tight">
        <h3>{node.name}</h3>
        <p class="muted small">
          {node.service} · starts at {formatSeconds((node.start - traceStart) / 1e6)} · takes{' '}
          {formatSeconds(node.duration / 1e6)}
          {node.firstChunk !== undefined && ` · first token after ${formatSeconds(node.firstChunk / 1e6)}`}
        </p>
        <code class="muted small">{node.id}</code>
      </header>
      {node.failed && (
        <p class="notice error">
          {attributes['otel.status_description'] ??
            attributes['error.type'] ??
            attributes['exception.message'] ??
            'This span failed.'}
        </p>
      )}
      {(span.warnings ?? []).map((warning) => (
        <p key={warning} class="notice">
          {warning}
        </p>
      ))}
      <Usual key={`usual:${node.id}`} node={node} />
      <GenAi key={node.id} attributes={attributes} before={requestBefore(node, all)} />
      <SpanLogs key={`logs:${node.id}`} traceId={span.traceID} spanId={node.id} />
      {span.logs.length > 0 && (
        <section>
          <h4>Events</h4>
          {span.logs.map((log, index) => {
            const fields = tagsOf(log.fields);
            return (
              <details key={index}>
                <summary>
                  <span class="number muted">{formatSeconds((log.timestamp - node.start) / 1e6)}</span>{' '}
                  {fields['event'] ?? fields['message'] ?? 'event'}
                </summary>
                <Attributes values={fields} />
              </details>
            );
          })}
        </section>
      )}
      <section>
        <h4>Attributes</h4>
        <Attributes values={attributes} />
      </section>
      {span.references.length > 1 && (
        <section>
          <h4>Links</h4>
          {span.references.map((reference) => (
            <a key={reference.spanID} class="mono small" href={`/trace/${reference.traceID}?span=${reference.spanID}`}>
              {reference.refType.toLowerCase().replace('_', ' ')} {reference.traceID.slice(0, 8)}/{reference.spanID}
            </a>
          ))}
        </section>
      )}
    </aside>
  );
}

/** Model, tokens by class with their bar, cost and finish; conversation when its capture was switched on. */
function GenAi({
  attributes,
  before,
}: {
  readonly attributes: Readonly<Record<string, string>>;
  readonly before: SpanNode | undefined;
}) {
  const model = attributes['gen_ai.response.model'] ?? attributes['gen_ai.request.model'];
  if (model === undefined) return null;
  const read = (key: string): number | undefined =>
    attributes[key] === undefined ? undefined : Number(attributes[key]);
  const input = read('gen_ai.usage.input_tokens');
  const cached =
    (read('gen_ai.usage.cache_read.input_tokens') ?? 0) + (read('gen_ai.usage.cache_creation.input_tokens') ?? 0);
  const amounts = TOKEN_PARTS.map((part) => ({
    ...part,
    tokens: part.key === 'uncached' ? (input === undefined ? undefined : Math.max(0, input - cached)) : read(part.key),
  }));
  const total = amounts.reduce((sum, part) => sum + (part.tokens ?? 0), 0);
  const cost = costOf(attributes);
  return (
    <section>
      <h4>Model call</h4>
      <p>
        <b>{model}</b>{' '}
        <span class="muted">{attributes['gen_ai.provider.name'] ?? attributes['gen_ai.system'] ?? ''}</span>{' '}
        {attributes['gen_ai.response.finish_reasons'] !== undefined && (
          <span class="pill">{listText(attributes['gen_ai.response.finish_reasons'])}</span>
        )}
      </p>
      {total > 0 && (
        <div
          class="token-bar"
          role="img"
          aria-label={amounts.map((part) => `${part.title} ${part.tokens ?? 'unknown'}`).join(', ')}
        >
          {amounts.map((part) =>
            part.tokens === undefined || part.tokens === 0 ? null : (
              <i
                key={part.key}
                style={{ flexGrow: part.tokens, background: part.color }}
                title={`${part.title}: ${part.tokens}`}
              />
            ),
          )}
        </div>
      )}
      <table class="small">
        <tbody>
          {amounts.map((part) => (
            <tr key={part.key}>
              <td>
                <span class="swatch" style={{ background: part.color }} /> {part.title}
              </td>
              <td class="right">{part.tokens === undefined ? 'not reported' : part.tokens.toLocaleString('en-US')}</td>
            </tr>
          ))}
          <tr>
            <td>
              cost <span class="muted">{attributes['telltale.cost.catalog'] ?? ''}</span>
            </td>
            <td class="right">{cost === undefined ? 'unknown' : formatUsd(cost)}</td>
          </tr>
        </tbody>
      </table>
      <Conversation
        text={attributes['gen_ai.input.messages']}
        title="Input"
        before={before?.attributes['gen_ai.input.messages']}
      />
      <Conversation text={attributes['gen_ai.output.messages']} title="Output" />
    </section>
  );
}

/** Messages as chat. The text stays text: nothing of it is read as HTML. */
function Conversation({
  text,
  title,
  before,
}: {
  readonly text: string | undefined;
  readonly title: string;
  /** The messages of the request before, to show what entered the context since. */
  readonly before?: string | undefined;
}) {
  const [open, setOpen] = useState(false);
  if (text === undefined) return null;
  const messages = parseMessages(text);
  const old = before === undefined ? undefined : parseMessages(before);
  const fresh =
    old === undefined
      ? messages.length
      : messages.findIndex((message, index) => message.role !== old[index]?.role || message.text !== old[index]?.text);
  return (
    <div class="conversation">
      <button class="button small" type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        {title}: {messages.length} messages
        {old !== undefined && fresh >= 0 && `, ${messages.length - fresh} new since the request before`}
      </button>
      {open &&
        messages.map((message, index) => (
          <div key={index} class={`message ${message.role}`}>
            <span class="muted small">{message.role}</span>
            {old !== undefined && fresh >= 0 && index >= fresh && <span class="pill ok">new</span>}
            <pre>{message.text}</pre>
          </div>
        ))}
    </div>
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
    <button class="button small" type="button" onClick={() => void ask()}>
      Compare with the p50
    </button>
  ) : (
    <p class="small" role="status">
      {text}
    </p>
  );
}

/** Log records that name the span. */
function SpanLogs({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }) {
  const { value } = useFetched(`logs:${traceId}/${spanId}`, (signal) => logsOfSpan(traceId, spanId, signal));
  if (value === undefined || value.length === 0) return null;
  return (
    <section>
      <h4>Logs</h4>
      {value.map((log, index) => (
        <details key={index}>
          <summary>
            <span class="muted">{log.severityText}</span> {log.eventName || log.body.slice(0, 120)}
          </summary>
          <Attributes values={{ body: log.body, ...log.attributes }} />
        </details>
      ))}
    </section>
  );
}

/** The model call of the same conversation that came before. */
function requestBefore(node: SpanNode, all: readonly SpanNode[]): SpanNode | undefined {
  const conversation = node.attributes['gen_ai.conversation.id'];
  return all
    .filter(
      (each) =>
        each.start < node.start &&
        each.attributes['gen_ai.input.messages'] !== undefined &&
        each.attributes['gen_ai.conversation.id'] === conversation,
    )
    .sort((a, b) => b.start - a.start)[0];
}

/** `["a","b"]` as `a, b`. */
function listText(text: string | undefined): string {
  try {
    const list: unknown = JSON.parse(text ?? '');
    return Array.isArray(list) ? list.join(', ') : String(text);
  } catch {
    return text ?? '';
  }
}

function parseMessages(text: string): { role: string; text: string }[] {
  try {
    const list: unknown = JSON.parse(text);
    if (!Array.isArray(list)) return [{ role: 'text', text }];
    return list.map(
      (message: {
        role?: string;
        content?: unknown;
        parts?: { type?: string; content?: unknown; name?: string; arguments?: unknown; response?: unknown }[];
      }) => ({
        role: message.role ?? 'unknown',
        text: (message.parts ?? [{ content: message.content }])
          .map((part) =>
            part.name === undefined ? textOf(part.content ?? part.response) : `${part.name}(${textOf(part.arguments)})`,
          )
          .join('\n'),
      }),
    );
  } catch {
    return [{ role: 'text', text }];
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value, null, 2) ?? '');
}

function Attributes({ values }: { readonly values: Readonly<Record<string, string>> }) {
  const names = Object.keys(values)
    .filter((name) => !name.endsWith('.messages'))
    .sort();
  return (
    <table class="small attributes">
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <td class="mono muted">{name}</td>
            <td class="mono">{values[name]}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
