import type { EpochMillis } from '../../base/clock';
import type { AttributeValue } from '../../domain/attributes';
import { GEN_AI } from '../../domain/gen-ai';
import type { LedgerRow } from '../../domain/ledger';
import type { Span, SpanKind } from '../../domain/span';
import { completeUsage } from '../../domain/usage';
import type { UsageCounts } from '../../domain/usage';
import { Draws } from './randomness';
import { activity } from './week';
import type { WeekOptions } from './week';

const HOUR = 3_600_000;
const SESSIONS_PER_BUSY_HOUR = 6;
const TOKENS_PER_BYTE = 0.27;
/** Two stretches in which the provider refuses: from the start of the week, in hours. */
const INCIDENTS: readonly (readonly [number, number])[] = [
  [33, 36],
  [82, 85],
];

interface Tool {
  /** Its place in the shape's names. */
  readonly index: number;
  readonly weight: number;
  readonly bytes: number;
  readonly ms: number;
}

const TOOLS: readonly Tool[] = [
  { index: 0, weight: 0.4, bytes: 3_500, ms: 14 },
  { index: 1, weight: 0.2, bytes: 2_600, ms: 60 },
  { index: 2, weight: 0.18, bytes: 350, ms: 22 },
  { index: 3, weight: 0.08, bytes: 1_800, ms: 4_200 },
  { index: 4, weight: 0.14, bytes: 2_400, ms: 140 },
];
const STATEMENTS: readonly (readonly [text: string, ms: number])[] = [
  ['SELECT id, path FROM files WHERE repository = $1 AND path = $2', 6],
  ['SELECT body FROM summaries WHERE file_id = 4711', 8],
  ['SELECT chunk_id, score FROM chunks WHERE repository = $1 AND symbol = $2 ORDER BY score LIMIT 20', 7],
];
const SLOW_STATEMENT = 2;
const [READ, SEARCH, EDIT, TEST, FETCH] = [0, 1, 2, 3, 4];

/** The calls, tools and spans of a week's sessions. */
export interface Sessions {
  readonly calls: LedgerRow[];
  readonly spans: Span[];
  totalMs: number;
}

/** Plays all sessions of a week. */
export function playSessions(options: WeekOptions): Sessions {
  const made: Sessions = { calls: [], spans: [], totalMs: 0 };
  const arrivals = new Draws(options.seed, 'arrivals');
  let number = 0;
  for (let hour = 0; hour < options.days * 24 - 2; hour++) {
    const at = options.start + hour * HOUR;
    const wanted = SESSIONS_PER_BUSY_HOUR * options.shape.traffic * activity(at);
    let due = arrivals.exponential(1);
    while (due < wanted) {
      new Session(options, number++, at + (due / wanted) * HOUR, made).play();
      due += arrivals.exponential(1);
    }
  }
  return made;
}

/** One conversation. */
class Session {
  private readonly id: string;
  private readonly base: Draws;
  private readonly ids: Draws;
  private readonly breaks: Draws;
  private readonly sizes: Draws;
  private readonly repeats: Draws;
  private readonly connects: Draws;
  private readonly refusals: Draws;
  private readonly user: string;
  private readonly repository: string;
  private context: number;
  private lastPrompt = 0;
  private cacheAlive = false;
  private readonly begins: EpochMillis;
  private calls = 0;
  private readsSinceChange: { path: string; bytes: number }[] = [];

  constructor(
    private readonly options: WeekOptions,
    private readonly number: number,
    private now: EpochMillis,
    private readonly made: Sessions,
  ) {
    this.base = new Draws(options.seed, 'session', number);
    const draws = (name: string): Draws => new Draws(options.seed, name, number);
    this.ids = draws('ids');
    this.breaks = draws('breaks');
    this.sizes = draws('sizes');
    this.repeats = draws('repeats');
    this.connects = draws('connects');
    this.refusals = draws('refusals');
    this.begins = now;
    this.id = `session-${number}`;
    this.user = this.base.pick(['ada', 'ben', 'cleo', 'dan', 'eve', 'finn']);
    this.repository = this.base.pick(['shop', 'shop', 'billing', 'search', 'mobile']);
    this.context = 7_000 + this.base.whole(0, 3_000);
  }

  play(): void {
    const turns = 2 + Math.floor(this.base.exponential(3));
    for (let turn = 0; turn < Math.min(turns, 14); turn++) {
      if (turn > 0) this.now += this.pause();
      this.turn();
    }
  }

  private pause(): number {
    const long = this.base.chance(0.02);
    if (long) this.cacheAlive = false;
    const length = this.base.heavy(50_000, 0.7);
    return long ? 9 * 60_000 + length * 4 : Math.min(length, 200_000);
  }

  private turn(): void {
    const traceId = this.base.hex(16);
    const root = this.base.hex(8);
    const began = this.now;
    this.classify(traceId, root);
    this.context += 20 + Math.round(this.base.heavy(60, 0.9));
    for (let step = 0; step < 12; step++) {
      this.model(traceId, root);
      if (this.base.chance(0.24)) break;
      const tools = this.base.chance(0.25) ? 2 : 1;
      for (let index = 0; index < tools; index++) this.tool(traceId, root);
    }
    this.span({
      traceId,
      spanId: root,
      parent: '',
      name: 'assistant turn',
      kind: 'server',
      at: began,
      ms: this.now - began,
      stage: '',
    });
  }

  /** A small task before each turn: what is it about? */
  private classify(traceId: string, parent: string): void {
    const large = this.options.plants.has('model-too-large');
    const input = 700 + this.base.whole(0, 500);
    const output = 8 + this.base.whole(0, 14);
    const spread = Math.exp(0.3 * this.base.normal());
    const ms = (large ? 1_900 : 450) * spread;
    this.call(traceId, parent, {
      model: large ? this.options.shape.models.large : this.options.shape.models.small,
      agent: this.options.shape.agent,
      usage: { input, uncached: input, cacheRead: 0, cacheWrite: 0, output },
      ttft: ms * 0.8,
      ms,
      outcome: 'ok',
    });
  }

  private model(traceId: string, parent: string): void {
    this.calls++;
    this.failures(traceId, parent);
    const prompt = this.context;
    const alive = this.cacheAlive;
    const breaks =
      this.options.plants.has('prompt-cache-broken') &&
      this.repository === 'shop' &&
      this.calls >= this.options.shape.breaks.from;
    const broken = this.breaks.chance(this.options.shape.breaks.share) && breaks;
    const tail = Math.min(prompt, 30 + this.base.whole(0, 60));
    const read = alive && !broken ? Math.min(this.lastPrompt, prompt - tail) : 0;
    const write = prompt - tail - read;
    const output = Math.round(Math.min(6_000, this.base.heavy(190, 0.8)));
    const ttft = this.base.heavy(650, 0.35) + 0.03 * (prompt - read);
    this.cacheAlive = true;
    this.call(traceId, parent, {
      model: this.options.shape.models.main,
      agent: '',
      usage: { input: prompt, uncached: tail, cacheRead: read, cacheWrite: write, output },
      ttft,
      ms: ttft + 12 * output,
      outcome: 'ok',
    });
    this.lastPrompt = prompt - tail;
    this.context = prompt + output;
  }

  /** An accident now and then; in an incident refusals, two in a row or a storm of them. */
  private failures(traceId: string, parent: string): void {
    const hours = (this.begins - this.options.start) / HOUR;
    const incident = INCIDENTS.some(([from, to]) => hours >= from && hours < to);
    const accident = this.base.chance(0.006);
    const attempts = this.options.shape.storm.attempts + this.refusals.whole(0, 6);
    const storm = this.options.plants.has('retry-storm');
    const chain = incident ? (storm ? attempts : 2) : accident ? 1 : 0;
    for (let index = 0; index < chain; index++) {
      this.call(traceId, parent, {
        model: this.options.shape.models.main,
        agent: '',
        usage: {},
        ms: new Draws(this.options.seed, 'refusal', this.number, this.calls, index).heavy(900, 0.5),
        outcome: 'error',
        errorType: incident ? '529' : '500',
      });
      const wait = incident ? this.options.shape.storm.pauseMs + ((index * 37) % 100) : 1_000;
      this.now += wait;
      this.made.totalMs += wait;
    }
  }

  private tool(traceId: string, parent: string): void {
    let roll = this.base.uniform();
    const tool = TOOLS.find(({ weight }) => (roll -= weight) < 0) ?? TOOLS[0];
    if (tool === undefined) return;
    const path = `src/${this.base.pick(['api', 'core', 'ui', 'db'])}/${this.base.whole(0, 4_000)}.ts`;
    let bytes = Math.round(this.base.heavy(tool.bytes * this.options.shape.resultFactor, 0.6));
    const natural = this.base.chance(0.03);
    const earlier = this.repeats.uniform();
    if (tool.index === SEARCH) {
      const { from, to, share } = this.options.shape.oversized;
      const large = this.sizes.chance(share);
      const size = this.sizes.whole(from, to);
      if (large && this.options.plants.has('oversized-tool-results')) bytes = size;
    }
    const again = this.readsSinceChange[Math.floor(earlier * this.readsSinceChange.length)];
    if (tool.index === READ && natural && again !== undefined) this.run(traceId, parent, tool, again.path, again.bytes);
    else this.run(traceId, parent, tool, path, bytes);
    if (tool.index === EDIT || tool.index === TEST) this.readsSinceChange = [];
    if (tool.index !== READ) return;
    this.readsSinceChange.push({ path, bytes });
    const repeat = this.repeats.chance(this.options.shape.repeats);
    if (repeat && again !== undefined && this.options.plants.has('repeated-reads'))
      this.run(traceId, parent, tool, again.path, again.bytes, this.repeats);
  }

  private run(traceId: string, parent: string, tool: Tool, path: string, bytes: number, draws = this.base): void {
    const spanId = this.ids.hex(8);
    const at = this.now;
    const name = this.options.shape.tools[tool.index] ?? '';
    let ms = draws.heavy(tool.ms * this.options.shape.timeFactor, 0.5);
    if (tool.index === SEARCH) ms += this.statements(traceId, spanId, at);
    if (tool.index === FETCH) ms += this.request(traceId, spanId, at);
    this.now += ms;
    this.made.totalMs += ms;
    this.context += Math.round(bytes * TOKENS_PER_BYTE);
    this.span({
      traceId,
      spanId,
      parent,
      name: `execute_tool ${name}`,
      kind: 'internal',
      at,
      ms,
      stage: 'tool',
      attributes: {
        [GEN_AI.operationName]: 'execute_tool',
        [GEN_AI.toolName]: name,
        [GEN_AI.conversationId]: this.id,
        [GEN_AI.toolCallArguments]: JSON.stringify({ path }),
        'telltale.tool.result.size_bytes': bytes,
      },
    });
  }

  private statements(traceId: string, parent: string, at: EpochMillis): number {
    let ms = 0;
    for (const [index, [text, usual]] of STATEMENTS.entries()) {
      const slow =
        index === SLOW_STATEMENT && this.options.plants.has('slow-query')
          ? this.options.shape.slowStatementMs / usual
          : 1;
      const took = this.base.heavy(usual, 0.4) * slow;
      this.span({
        traceId,
        spanId: this.base.hex(8),
        parent,
        name: text.split(' ').slice(0, 1).join(' '),
        kind: 'client',
        at: at + ms,
        ms: took,
        stage: '',
        attributes: { 'db.system.name': this.options.shape.database, 'db.query.text': text },
      });
      ms += took;
    }
    return ms;
  }

  private request(traceId: string, parent: string, at: EpochMillis): number {
    const spanId = this.base.hex(8);
    const took = this.base.heavy(60, 0.5);
    const tcp = this.connects.heavy(0.2 * this.options.shape.connectMs, 0.3);
    const tls = this.connects.heavy(0.8 * this.options.shape.connectMs, 0.3);
    const connects = this.connects.chance(this.options.plants.has('connection-reuse') ? 0.97 : 0.03);
    const total = took + (connects ? tcp + tls : 0);
    if (connects) {
      const child = (name: string, from: number, ms: number): void =>
        this.span({
          traceId,
          spanId: this.ids.hex(8),
          parent: spanId,
          name,
          kind: 'internal',
          at: from,
          ms,
          stage: '',
        });
      child('tcp.connect', at, tcp);
      child('tls.connect', at + tcp, tls);
    }
    this.span({
      traceId,
      spanId,
      parent,
      name: 'GET',
      kind: 'client',
      at,
      ms: total,
      stage: '',
      attributes: {
        'http.request.method': 'GET',
        'server.address': this.options.shape.host,
        'http.response.status_code': 200,
      },
    });
    return total;
  }

  private call(
    traceId: string,
    parent: string,
    made: {
      model: string;
      agent: string;
      usage: UsageCounts;
      ttft?: number;
      ms: number;
      outcome: 'ok' | 'error';
      errorType?: string;
    },
  ): void {
    const spanId = this.ids.hex(8);
    this.made.calls.push({
      id: `span:${traceId}:${spanId}`,
      aliases: [],
      at: this.now,
      session: this.id,
      turn: '',
      agent: made.agent,
      agentId: '',
      user: this.user,
      repository: this.repository,
      branch: '',
      emitter: 'genai',
      service: this.options.shape.service,
      operation: 'chat',
      provider: this.options.shape.provider,
      requestModel: made.model,
      responseModel: made.outcome === 'ok' ? made.model : '',
      usage: completeUsage(made.usage).usage,
      tier: '',
      latencyMs: made.ms,
      ...(made.ttft === undefined ? {} : { timeToFirstTokenMs: made.ttft }),
      outcome: made.outcome,
      errorType: made.errorType ?? '',
      traceId,
      spanId,
      source: 'span',
      authority: 40,
      sources: ['span'],
      provenance: {},
      discrepancies: [],
      superseded: false,
    });
    this.span({
      traceId,
      spanId,
      parent,
      name: `chat ${made.model}`,
      kind: 'client',
      at: this.now,
      ms: made.ms,
      stage: 'inference',
      failed: made.outcome === 'error',
    });
    this.now += made.ms;
    this.made.totalMs += made.ms;
  }

  private span(of: {
    traceId: string;
    spanId: string;
    parent: string;
    name: string;
    kind: SpanKind;
    at: EpochMillis;
    ms: number;
    stage: string;
    failed?: boolean;
    attributes?: Record<string, AttributeValue>;
  }): void {
    this.made.spans.push({
      traceId: of.traceId,
      spanId: of.spanId,
      parentSpanId: of.parent,
      traceState: '',
      flags: 1,
      name: of.name,
      kind: of.kind,
      startUnixNano: BigInt(Math.round(of.at * 1e3)) * 1000n,
      endUnixNano: BigInt(Math.round((of.at + of.ms) * 1e3)) * 1000n,
      attributes: { ...(of.stage === '' ? {} : { 'telltale.stage': of.stage }), ...of.attributes },
      events: [],
      links: [],
      status: { code: of.failed === true ? 'error' : 'unset', message: '' },
      droppedAttributesCount: 0,
      droppedEventsCount: 0,
      droppedLinksCount: 0,
      resource: { attributes: { 'service.name': this.options.shape.service }, schemaUrl: '' },
      scope: { name: 'assistant', version: '1', attributes: {}, schemaUrl: '' },
    });
  }
}
