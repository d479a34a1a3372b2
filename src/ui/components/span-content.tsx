import { useState } from 'preact/hooks';
import type { SpanDetailBody } from '../../contracts/trace-search';
import { spanContent } from '../api/traces';
import { calledTools, commonLength, parseMessages, resultsOf } from '../lib/conversation';
import type { Message, MessagePart } from '../lib/conversation';
import { setQuery } from '../lib/location';
import type { SpanNode } from '../lib/trace-model';

export interface SpanContentProps {
  readonly detail: SpanDetailBody;
  /** The model call of the same conversation that came before. */
  readonly before: SpanNode | undefined;
  /** The trace's other spans: those that ran the tools are among them. */
  readonly all: readonly SpanNode[];
}

/** Where a role is not written with the messages. */
const ROLES: Readonly<Record<string, string>> = {
  'gen_ai.system_instructions': 'system',
  'gen_ai.input.messages': 'user',
  'gen_ai.output.messages': 'assistant',
};

const TITLES: Readonly<Record<string, string>> = {
  'gen_ai.system_instructions': 'System instructions',
  'gen_ai.input.messages': 'What the model was sent',
  'gen_ai.output.messages': 'What it answered',
  'gen_ai.tool.definitions': 'Tools it could use',
  'gen_ai.tool.call.arguments': 'Arguments',
  'gen_ai.tool.call.result': 'Result',
};

/** What was said and done in a span: shown after a click, which the server logs. */
export function SpanContent({ detail, before, all }: SpanContentProps) {
  const [content, setContent] = useState<Readonly<Record<string, string>>>();
  const [earlier, setEarlier] = useState<readonly Message[]>();
  const [error, setError] = useState('');
  const { withheld } = detail;
  if (withheld.length === 0)
    return detail.usage === null ? null : (
      <p class="muted small">
        The span holds nothing of what was said: emitters leave it out unless told, and the stack drops it unless{' '}
        <code>otlp.redaction.content</code> is <code>keep</code>.
      </p>
    );
  const characters = withheld.reduce((sum, each) => sum + each.characters, 0);
  const redactions = withheld.reduce((sum, each) => sum + each.redactions, 0);
  const reveal = async (): Promise<void> => {
    try {
      const shown = (await spanContent(detail.traceId, detail.spanId)).attributes;
      if (before !== undefined && shown['gen_ai.input.messages'] !== undefined) {
        const old = (await spanContent(detail.traceId, before.id)).attributes['gen_ai.input.messages'];
        if (old !== undefined) setEarlier(parseMessages(old, 'user'));
      }
      setContent(shown);
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
    }
  };
  if (content === undefined)
    return (
      <section class="stack-tight">
        <h4>Content</h4>
        <div class="row">
          <button class="button" type="button" onClick={() => void reveal()}>
            Show what was said
          </button>
          <span class="muted small">
            {characters.toLocaleString('en-US')} characters; showing them is logged
            {redactions > 0 && `; ${redactions} secrets were taken out on arrival and are gone`}
          </span>
        </div>
        {error !== '' && <p class="notice error">{error}</p>}
      </section>
    );
  return (
    <section class="stack-tight" aria-label="Content">
      <h4>Content</h4>
      {Object.entries(content).map(([key, text]) => (
        <ContentPart
          key={key}
          name={key}
          text={text}
          {...(key === 'gen_ai.input.messages' && earlier !== undefined ? { earlier } : {})}
          all={all}
        />
      ))}
    </section>
  );
}

function ContentPart({
  name,
  text,
  earlier,
  all,
}: {
  readonly name: string;
  readonly text: string;
  readonly earlier?: readonly Message[];
  readonly all: readonly SpanNode[];
}) {
  const [whole, setWhole] = useState(false);
  const role = ROLES[name];
  const title = TITLES[name] ?? name;
  if (role === undefined)
    return (
      <details>
        <summary>{title}</summary>
        <pre class="code wrap">{text}</pre>
      </details>
    );
  const messages = parseMessages(text, role);
  const common = earlier === undefined ? 0 : commonLength(earlier, messages);
  const hidden = whole ? 0 : common;
  const shown = messages.slice(hidden);
  const results = resultsOf(messages);
  const called = calledTools(messages);
  return (
    <div class="conversation">
      <p class="small">
        <b>{title}</b>{' '}
        <span class="muted">
          {messages.length === 1 ? '1 message' : `${messages.length} messages`}
          {earlier !== undefined && `, ${messages.length - common} new since the request before`}
        </span>{' '}
        {common > 0 && (
          <button class="linklike" type="button" onClick={() => setWhole(!whole)}>
            {whole ? 'only the new' : `show the ${common} from before`}
          </button>
        )}
      </p>
      {shown.map((message, index) => (
        <div key={index} class={`message ${message.role}`}>
          <p class="row">
            <span class="muted small">{message.role}</span>
            {earlier !== undefined && hidden + index >= common && <span class="pill ok">new</span>}
          </p>
          {message.parts.map((part, at) =>
            // A result stands below its call where that is there.
            part.kind === 'result' && called.has(part.id) ? (
              <p key={at} class="muted small">
                the result of {called.get(part.id) || 'a tool'}, shown with its call
              </p>
            ) : (
              <Part key={at} part={part} result={part.kind === 'call' ? results.get(part.id) : undefined} all={all} />
            ),
          )}
        </div>
      ))}
    </div>
  );
}

function Part({
  part,
  result,
  all,
}: {
  readonly part: MessagePart;
  readonly result: string | undefined;
  readonly all: readonly SpanNode[];
}) {
  switch (part.kind) {
    case 'text':
      return <pre>{part.text}</pre>;
    case 'thought':
      return (
        <details>
          <summary class="muted small">thought</summary>
          <pre>{part.text}</pre>
        </details>
      );
    case 'call': {
      const ran = all.find((node) => part.id !== '' && node.attributes['gen_ai.tool.call.id'] === part.id);
      return (
        <div class="tool-call">
          <p class="small">
            calls <b>{part.name}</b>{' '}
            {ran !== undefined && (
              <button class="linklike" type="button" onClick={() => setQuery({ span: ran.id })}>
                to its span
              </button>
            )}
          </p>
          <pre class="code wrap">{part.text}</pre>
          {result !== undefined && (
            <details>
              <summary class="small">its result</summary>
              <pre class="code wrap">{result}</pre>
            </details>
          )}
        </div>
      );
    }
    default:
      return (
        <details>
          <summary class="muted small">{part.kind === 'result' ? 'result of a tool' : part.name}</summary>
          <pre class="code wrap">{part.text}</pre>
        </details>
      );
  }
}
