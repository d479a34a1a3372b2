import type { Clock, EpochMillis } from '../../../base/clock';
import type { Arrivals, Received, WebhookNotification } from './inbox';
import type { Mail } from './mailbox';
import type { Narrator } from './narrator';
import type { Scenario } from './scenarios';
import type { StackClient, StackTrace } from './stack-client';
import { renderWaterfall } from '../../render/waterfall';
import type { WaterfallSpan } from '../../render/waterfall';

/** What the story needs of the assistant and its clients. */
export interface Stage {
  beginIncident(): void;
  endIncident(): void;
  /** What the clients did so far. */
  progress(): {
    readonly chats: number;
    readonly failed: number;
    readonly toolCalls: number;
    readonly modelCalls: number;
    readonly lastTraceId: string | undefined;
  };
}

/** Everything the story is told with. */
export interface StoryParts {
  readonly clock: Clock;
  readonly narrator: Narrator;
  readonly scenario: Scenario;
  readonly stage: Stage;
  readonly stack: StackClient;
  readonly webhooks: Arrivals<WebhookNotification>;
  readonly mails: Arrivals<Mail>;
  readonly columns: number;
  readonly signal: AbortSignal;
}

const HEALTHY = 9_000;
const PATIENCE = 40_000;

/** Plays an incident from health to health; true only if every notification really arrived. */
export async function tellStory(parts: StoryParts): Promise<boolean> {
  const { clock, narrator, scenario, stage, signal } = parts;
  narrator.heading('1. A normal day');
  await narrator.during(
    () => {
      const { chats, toolCalls, modelCalls } = stage.progress();
      return `clients chat with the assistant: ${chats} answers, ${modelCalls} model calls, ${toolCalls} tool calls`;
    },
    clock.sleep(HEALTHY, signal),
  );
  await tellHealth(parts);
  const healthyTrace = stage.progress().lastTraceId;

  narrator.heading(`2. The incident: ${scenario.name}`);
  narrator.say(`Now ${scenario.story}.`);
  const began = clock.now();
  stage.beginIncident();
  const fired = await awaitNotification(parts, 'firing', began);
  if (fired === undefined) return false;
  const slowTrace = stage.progress().lastTraceId;

  narrator.heading('3. Recovery');
  stage.endIncident();
  const ended = clock.now();
  narrator.say('The cause is gone; the rule is evaluated on.');
  const resolved = await awaitNotification(parts, 'resolved', ended);
  if (resolved === undefined) return false;

  narrator.heading('4. One request, from prompt to answer');
  await tellTrace(parts, slowTrace ?? healthyTrace);
  narrator.heading('5. The alert’s timeline');
  tellTimeline(parts, began, fired, ended, resolved);
  narrator.heading('6. The mail that came');
  narrator.quote(mailText(fired.mail.item));
  return true;
}

async function tellHealth({ narrator, stack, stage }: StoryParts): Promise<void> {
  const [p95, tokens, cost, cached] = await Promise.all([
    stack.value(
      'histogram_quantile(0.95, sum by (le) (rate(telltale_operation_duration_seconds_bucket{stage="inference"}[10s])))',
    ),
    stack.value('sum(telltale_tokens_total)'),
    stack.value('sum(telltale_cost_usd_total)'),
    stack.value(
      'sum(telltale_tokens_total{type="cache_read"}) / sum(telltale_tokens_total{type=~"input|cache_read|cache_write"})',
    ),
  ]);
  const { chats, modelCalls, toolCalls } = stage.progress();
  narrator.say(`${chats} requests: ${modelCalls} model calls, ${toolCalls} tool calls.`);
  narrator.say(
    `Inference p95 ${p95 === undefined ? 'unknown' : `${p95.toFixed(2)} s`}; ${tokens === undefined ? 'unknown' : Math.round(tokens).toLocaleString('en-US')} tokens, ${cached === undefined ? 'unknown' : `${Math.round(cached * 100)}%`} of the input read from cache; ${cost === undefined ? 'cost unknown' : `$${cost.toFixed(4)} at list price`}.`,
  );
}

/** One of the two notifications, in both channels. */
interface Notified {
  readonly webhook: Received<WebhookNotification>;
  readonly mail: Received<Mail>;
  /** When the rule saw the breach first; undefined after a resolution. */
  readonly activeAt: EpochMillis | undefined;
  /** The largest value seen while waiting. */
  readonly peak: number | undefined;
}

async function awaitNotification(
  parts: StoryParts,
  status: 'firing' | 'resolved',
  since: EpochMillis,
): Promise<Notified | undefined> {
  const { clock, narrator, scenario, stack, webhooks, mails, signal } = parts;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE)]);
  let state = 'inactive';
  let activeAt: EpochMillis | undefined;
  let peak: number | undefined;
  const watch = new AbortController();
  const watching = (async () => {
    while (!watch.signal.aborted && !limit.aborted) {
      const alert = (await stack.alerts()).find((each) => each.labels['alertname'] === scenario.alert);
      if (alert !== undefined && status === 'firing') {
        activeAt ??= Date.parse(alert.activeAt);
        peak = Math.max(peak ?? -Infinity, Number(alert.value));
      }
      const next = alert?.state ?? 'inactive';
      if (next !== state)
        narrator.say(
          status === 'firing' || next === 'inactive'
            ? `${scenario.alert} is ${next}${alert === undefined ? '' : ` (${scenario.unit(Number(alert.value))})`}.`
            : `${scenario.alert} is still ${next}.`,
        );
      state = next;
      await clock.sleep(250, watch.signal).catch(() => undefined);
    }
  })();
  const matches = (notification: WebhookNotification): boolean =>
    notification.status === status && notification.alerts.some((alert) => alert.labels['alertname'] === scenario.alert);
  const arrived = await narrator.during(
    () =>
      `waiting for the ${status} notification (${((clock.now() - since) / 1000).toFixed(0)} s; the rule is ${state})`,
    Promise.all([
      webhooks.first(matches, limit),
      mails.first(
        (mail) =>
          mail.subject.includes(scenario.alert) && mail.subject.includes('[RESOLVED]') === (status === 'resolved'),
        limit,
      ),
    ]),
  );
  watch.abort();
  await watching;
  const [webhook, mail] = arrived;
  if (webhook === undefined || mail === undefined) {
    if (!signal.aborted)
      narrator.say(
        `No ${status} ${webhook === undefined ? 'webhook' : 'mail'} within ${PATIENCE / 1000} s. What came: ${[...webhooks.all.map(({ item }) => `webhook ${item.status}`), ...mails.all.map(({ item }) => `mail "${item.subject}"`)].join(', ') || 'nothing'}.`,
      );
    return undefined;
  }
  narrator.say(
    `${status === 'firing' ? 'Paged' : 'Told that it is over'}: webhook after ${seconds(webhook.at - since)}, mail after ${seconds(mail.at - since)}.`,
  );
  return { webhook, mail, activeAt, peak };
}

async function tellTrace(
  { narrator, stack, columns, clock, signal }: StoryParts,
  id: string | undefined,
): Promise<void> {
  let trace: StackTrace | undefined;
  for (let attempt = 0; id !== undefined && attempt < 20 && trace === undefined; attempt++) {
    trace = await stack.trace(id);
    if (trace === undefined) await clock.sleep(250, signal);
  }
  if (trace === undefined) narrator.say('No trace could be shown.');
  else
    narrator.quote(
      renderWaterfall(trace.spans.map(toWaterfallSpan), {
        columns: columns - 8,
        format: (micros) =>
          micros >= 1_000_000 ? `${(micros / 1_000_000).toFixed(2)}s` : `${(micros / 1000).toFixed(1)}ms`,
        maxRows: 26,
      }).trimEnd(),
    );
}

function toWaterfallSpan(span: StackTrace['spans'][number]): WaterfallSpan {
  const tags = new Map(span.tags.map(({ key, value }) => [key, value]));
  const tokens = [tags.get('gen_ai.usage.input_tokens'), tags.get('gen_ai.usage.output_tokens')].map((value) =>
    value === undefined ? undefined : Number(value).toLocaleString('en-US'),
  );
  const model = tags.get('gen_ai.response.model') ?? tags.get('gen_ai.request.model');
  const note =
    tokens[0] !== undefined || tokens[1] !== undefined
      ? `${tokens[0] ?? '?'} → ${tokens[1] ?? '?'} tokens`
      : tags.get('gen_ai.tool.name') !== undefined || model === undefined
        ? ''
        : String(model);
  return {
    spanId: span.spanID,
    parentSpanId: span.references.find((reference) => reference.refType === 'CHILD_OF')?.spanID ?? '',
    name: span.operationName,
    start: span.startTime,
    duration: span.duration,
    failed: String(tags.get('error')) === 'true',
    note,
  };
}

function tellTimeline(
  { narrator, scenario }: StoryParts,
  began: EpochMillis,
  fired: Notified,
  ended: EpochMillis,
  resolved: Notified,
): void {
  const lines: [string, string][] = [['incident begins', '+0.0 s']];
  if (fired.activeAt !== undefined)
    lines.push([
      `rule sees the breach${fired.peak === undefined ? '' : ` (peak ${scenario.unit(fired.peak)})`}`,
      at(fired.activeAt),
    ]);
  lines.push(['webhook delivered', at(fired.webhook.at)], ['mail delivered', at(fired.mail.at)]);
  if (fired.activeAt !== undefined)
    lines.push([
      'breach to webhook, of which 2 s are the rule’s own `for`',
      seconds(fired.webhook.at - fired.activeAt),
    ]);
  lines.push(
    ['incident ends', at(ended)],
    ['resolved by webhook', at(resolved.webhook.at)],
    ['resolved by mail', at(resolved.mail.at)],
  );
  const width = Math.max(...lines.map(([what]) => what.length));
  for (const [what, when] of lines) narrator.quote(`${what.padEnd(width)}  ${when.padStart(9)}`);

  function at(time: EpochMillis): string {
    return `+${((time - began) / 1000).toFixed(1)} s`;
  }
}

function mailText(mail: Mail): string {
  return `From: ${mail.from}\nTo: ${mail.to}\nSubject: ${mail.subject}\n\n${mail.text.trim()}`;
}

function seconds(millis: number): string {
  return `${(millis / 1000).toFixed(1)} s`;
}
