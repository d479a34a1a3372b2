import { parse } from 'yaml';
import { Alerting, alertingConfig, parseMatchers, readRecurrence } from '../../src/alerting';
import type { HttpRequest } from '../../src/alerting';
import { parseDuration } from '../../src/base/duration';
import { silentLogger } from '../../src/base/logger';
import { ManualClock } from '../../src/base/testing/manual-clock';
import { noTelemetry } from '../../src/base/telemetry';
import { Labels } from '../../src/domain/labels';
import { MemoryStateStore } from '../../src/storage/memory/memory-state-store';

/** One line of a flow: when, and what. */
interface Step {
  readonly line: number;
  readonly at: number;
  readonly text: string;
}

interface Received {
  readonly at: number;
  readonly receiver: string;
  readonly status: string;
  readonly alerts: readonly { readonly labels: Record<string, string>; readonly status: string }[];
  readonly reason: string;
}

/** 2026-01-05, a Monday, 00:00 UTC. */
const START = Date.UTC(2026, 0, 5);

/**
 * Plays a script of virtual time: `config` (YAML up to the first time), then lines of a time (`30s`, `+5m`) and what
 * happens or must have happened. See the files beside the flows' spec for the words.
 * @throws Error that names the line.
 */
export async function playFlow(text: string): Promise<void> {
  const { config, options, steps } = readFlow(text);
  const player = new FlowPlayer(config, options);
  await player.start();
  try {
    for (const step of steps) {
      await player.advanceTo(step.at);
      try {
        await player.perform(step.text);
      } catch (error) {
        throw new Error(`line ${step.line} (${step.text}): ${error instanceof Error ? error.message : String(error)}`, {
          cause: error,
        });
      }
    }
    player.finish();
  } finally {
    await player.stop();
  }
}

function readFlow(text: string): { config: string; options: unknown; steps: Step[] } {
  const steps: Step[] = [];
  const blocks: Record<'config' | 'options', string[]> = { config: [], options: [] };
  let block: 'config' | 'options' | undefined;
  let at = 0;
  text.split('\n').forEach((raw, index) => {
    const line = raw.replace(/(^|\s)#\s.*$/, '').trimEnd();
    if (line.trim() === '') return;
    const header = /^(config|options)\b\s*(.*)$/.exec(line);
    if (header !== null) {
      block = header[1] === 'config' ? 'config' : 'options';
      if (header[2] !== undefined && header[2] !== '') blocks[block].push(header[2]);
      return;
    }
    const timed = /^(\+?)(\d[\dwdhms]*)\s+(.*)$/.exec(line);
    if (timed !== null) {
      const span = parseDuration(timed[2] ?? '0s');
      at = timed[1] === '+' ? at + span : span;
      steps.push({ line: index + 1, at, text: timed[3] ?? '' });
    } else if (block !== undefined && steps.length === 0) blocks[block].push(line.replace(/^ {8}/, ''));
    else if (/^\s/.test(line)) steps.push({ line: index + 1, at, text: line.trim() });
    else throw new Error(`line ${index + 1}: neither a time nor a continuation: ${line}`);
  });
  return { config: blocks.config.join('\n'), options: parse(blocks.options.join('\n')) ?? {}, steps };
}

class FlowPlayer {
  private readonly clock = new ManualClock(START);
  private readonly state = new MemoryStateStore();
  private received: Received[] = [];
  private answers: { status: number; headers: Record<string, string> }[] = [];
  private readonly names = new Map<string, string>();
  private alerting: Alerting;

  constructor(
    private config: string,
    private readonly options: unknown,
  ) {
    this.alerting = this.build();
  }

  start(): Promise<void> {
    return this.alerting.start();
  }

  stop(): Promise<void> {
    return this.alerting.stop();
  }

  advanceTo(at: number): Promise<void> {
    return this.clock.advanceTo(START + at);
  }

  finish(): void {
    if (this.received.length > 0) throw new Error(`not expected: ${this.received.map(describe).join('; ')}`);
  }

  async perform(text: string): Promise<void> {
    const [verb = ''] = text.split(/\s/, 1);
    const rest = text.slice(verb.length).trim();
    switch (verb) {
      case 'alert':
        return this.alert(rest);
      case 'expect':
        return this.expect(rest);
      case 'silence':
        return this.silence(rest);
      case 'expire':
        return this.alerting.silences.expire(this.names.get(rest) ?? rest);
      case 'ack':
        await this.alerting.acknowledge(labelsOf(rest).fingerprint, 'someone', '');
        return;
      case 'answer': {
        // `answer 503 503 429/5s`: the statuses of the next requests, with Retry-After.
        for (const word of rest.split(/\s+/)) {
          const [status, wait] = word.split('/');
          const headers: Record<string, string> =
            wait === undefined ? {} : { 'retry-after': String(parseDuration(wait) / 1000) };
          this.answers.push({ status: Number(status), headers });
        }
        return;
      }
      case 'restart':
        await this.alerting.stop();
        if (rest !== '') await this.clock.advance(parseDuration(rest.replace(/^after /, '')));
        this.alerting = this.build();
        return this.alerting.start();
      case 'replace': {
        // `replace group_interval: 5m -> group_interval: 10m`: edits the configuration and reloads it.
        const [from = '', to = ''] = rest.split(' -> ');
        if (!this.config.includes(from)) throw new Error(`the configuration does not hold "${from}"`);
        this.config = this.config.replaceAll(from, to);
        return this.alerting.reload({ config: alertingConfig.parse(this.options), alertmanagerFile: this.file() });
      }
      case 'beat':
        return this.alerting.heartbeats.beat(rest);
      default:
        throw new Error(`unknown word "${verb}"`);
    }
  }

  /** `{…} firing`, `{…} resolved`, `{…} firing since 10m`, `{…} firing until 5m`. */
  private async alert(text: string): Promise<void> {
    const [, selector = '', state = '', since, until] =
      /^(\{.*\})\s+(firing|resolved)(?:\s+since\s+(\w+))?(?:\s+until\s+(\w+))?$/.exec(text) ?? [];
    if (state === '') throw new Error('write: alert {…} firing|resolved');
    const at = this.clock.now();
    const { faults } = await this.alerting.post([
      {
        labels: labelsOf(selector),
        annotations: {},
        generatorUrl: '',
        ...(since === undefined ? {} : { startsAt: at - parseDuration(since) }),
        // Without an end it would be over after resolve_timeout.
        endsAt: state === 'resolved' ? at : until === undefined ? at + 30 * 86_400_000 : at + parseDuration(until),
        ...(state === 'firing' && since === undefined ? { startsAt: at } : {}),
        ...(state === 'resolved' ? { startsAt: at - 1 } : {}),
      },
    ]);
    if (faults.length > 0) throw new Error(faults.join('; '));
    await this.settle();
  }

  /** `{…} for 1h as name`, `{…} from 10m for 1h`, `{…} for 30d on times 00:00-02:00`. */
  private async silence(text: string): Promise<void> {
    const [, selector = '', from, span = '1h', name, times] =
      /^(\{.*\})(?:\s+from\s+(\w+))?\s+for\s+(\w+)(?:\s+as\s+(\w+))?(?:\s+on\s+times\s+(\S+))?$/.exec(text) ?? [];
    const at = this.clock.now() + (from === undefined ? 0 : parseDuration(from));
    const [start, end] = times?.split('-') ?? [];
    const id = await this.alerting.silences.set({
      matchers: parseMatchers(selector),
      startsAt: at,
      endsAt: at + parseDuration(span),
      createdBy: 'flow',
      comment: '',
      ...(times === undefined ? {} : { recurrence: readRecurrence({ times: [{ start_time: start, end_time: end }] }) }),
    });
    if (name !== undefined) this.names.set(name, id);
  }

  private async expect(text: string): Promise<void> {
    await this.settle();
    if (text === 'nothing') return this.finish();
    const suppressed = /^(silenced|inhibited|active)\s+(\{.*\})$/.exec(text);
    if (suppressed !== null) return this.expectState(suppressed[1] ?? '', labelsOf(suppressed[2] ?? ''));
    const late = /^late\s+/.test(text);
    const match =
      /^(?:late\s+)?(firing|resolved|notification)\s+(\{.*?\})(?:\s+with\s+(\d+)\s+firing)?(?:\s+(?:and|with)\s+(\d+)\s+resolved)?(?:\s+to\s+(\w+))?(?:\s+because\s+(.+))?$/.exec(
        text,
      );
    if (match === null)
      throw new Error(
        'write: expect firing|resolved {…} [with N firing] [and M resolved] [to receiver] [because reason]',
      );
    const [, status, selector = '{}', firing, resolved, receiver, reason] = match;
    const wanted = labelsOf(selector).toRecord();
    const index = this.received.findIndex(
      (one) =>
        (status === 'notification' || one.status === status) &&
        (late || one.at === this.clock.now()) &&
        (receiver === undefined || one.receiver === receiver) &&
        (firing === undefined || one.alerts.filter((alert) => alert.status === 'firing').length === Number(firing)) &&
        (resolved === undefined ||
          one.alerts.filter((alert) => alert.status === 'resolved').length === Number(resolved)) &&
        (reason === undefined || one.reason === reason) &&
        one.alerts.some((alert) => Object.entries(wanted).every(([name, value]) => alert.labels[name] === value)),
    );
    if (index < 0) throw new Error(`not among: ${this.received.map(describe).join('; ') || 'nothing'}`);
    this.received.splice(index, 1);
  }

  private expectState(wanted: string, labels: Labels): void {
    const view = this.alerting.queries.alert(labels.fingerprint);
    const state =
      view === undefined
        ? 'unknown'
        : view.silencedBy.length > 0
          ? 'silenced'
          : view.inhibitedBy.length > 0
            ? 'inhibited'
            : 'active';
    if (state !== wanted) throw new Error(`it is ${state}`);
  }

  /** Lets deliveries that are due now arrive. */
  private settle(): Promise<void> {
    return this.clock.advance(0);
  }

  private file(): { path: string; text: string } {
    return { path: '/flow.yml', text: this.config };
  }

  private build(): Alerting {
    return new Alerting({
      state: this.state,
      clock: this.clock,
      logger: silentLogger,
      telemetry: noTelemetry,
      random: () => 0.5,
      config: alertingConfig.parse(this.options),
      externalUrl: 'http://telltale.example',
      directory: '/',
      alertmanagerFile: this.file(),
      transport: (request) => Promise.resolve(this.take(request)),
    });
  }

  private take(request: HttpRequest): { status: number; headers: Record<string, string>; body: string } {
    const answer = this.answers.shift() ?? { status: 200, headers: {} };
    if (answer.status < 300) {
      const body = JSON.parse(String(request.body));
      this.received.push({
        at: this.clock.now(),
        receiver: body.receiver,
        status: body.status,
        alerts: body.alerts,
        reason: body.notification_reason,
      });
    }
    return { ...answer, body: '' };
  }
}

function labelsOf(selector: string): Labels {
  const matchers = selector === '{}' ? [] : parseMatchers(selector);
  return Labels.of(matchers.map(({ name, value }) => [name, value] as const));
}

function describe(one: Received): string {
  const alerts = one.alerts.map(({ labels, status }) => `${Labels.of(labels).toString()} ${status}`).join(', ');
  return `${(one.at - START) / 1000}s ${one.status} to ${one.receiver} because ${one.reason}: ${alerts}`;
}
