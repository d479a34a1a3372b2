import { systemClock } from '../../../base/clock';
import { nextTurn } from '../../../base/turn';
import { ClosedError, ContextOverflowError, ToolkitOptionsError } from '../../errors';
import { recordDecision, toolkitTelemetry, withToolkitSpan } from '../../shared/telemetry';
import { digest, linesIn } from './digest';
import { anthropicFormat } from './formats/anthropic';
import { openAiFormat } from './formats/openai';
import { keepMore, planKept } from './plan';
import { Summaries } from './summaries';
import { checkCounter } from './token-counter';
import { toUnits } from './units';
import type { Clock, Millis } from '../../../base/clock';
import type { Counter, Gauge, Telemetry } from '../../../base/telemetry';
import type { AnthropicMessage } from './formats/anthropic';
import type { MessageFormat } from './formats/format';
import type { OpenAiMessage } from './formats/openai';
import type { DigestPart } from './digest';
import type { KeepPlan, PlannedUnit } from './plan';
import type { SummaryOptions } from './summaries';
import type { TokenCounter } from './token-counter';
import type { Unit } from './units';

/** The APIs whose messages are understood, with the type of their messages. */
export interface MessageTypes {
  readonly anthropic: AnthropicMessage;
  readonly openai: OpenAiMessage;
}

/** How a window is filled. */
export interface ContextWindowOptions<M> {
  /** Names the window in metrics. */
  readonly name: string;
  /** The model's context window, in tokens. */
  readonly maxTokens: number;
  /** Kept free for the answer. */
  readonly outputReserve: number;
  readonly counter: TokenCounter;
  /** Part of the budget for the oldest messages, which stay the same from call to call; default 0.2. */
  readonly headRatio?: number;
  /**
   * Part of the budget by which more is left out than need be, so that the cut stays where it is for some calls and a
   * prompt cache keeps what comes after it; default 0.04, 0 fills the window to the brim and moves the cut every time.
   */
  readonly stepRatio?: number;
  /** Messages that are never left out, besides instructions. */
  isPinned?(message: M, index: number): boolean;
  /** Summarises what is left out; without it, it is digested by its beginnings. */
  readonly summary?: SummaryOptions<M>;
  readonly clock?: Clock;
  readonly telemetry?: Telemetry;
}

/** What is to be sent. */
export interface ContextInput<M> {
  /** Always kept. */
  readonly system?: string;
  /** Definitions, always kept; counted as JSON. */
  readonly tools?: readonly unknown[];
  readonly messages: readonly M[];
}

/** What fits. */
export interface FittedContext<M> {
  readonly messages: readonly M[];
  /** Tokens of system, tools and messages by the counter. */
  readonly tokens: number;
  /** What `tokens` may be at most: the window less the reserve, less the counter's error. */
  readonly budget: number;
  /** Messages left out. */
  readonly elided: number;
  /** Summaries that stand for some of them. */
  readonly summaries: number;
  /** Faults of pairing that were mended. */
  readonly repaired: number;
}

/** Tokens kept for the note that says what was left out. */
const NOTE_RESERVE = 48;
const FILLER = 'Understood.';
/** How long counting goes on before others have their turn. */
const TURN: Millis = 5;
/** The part of the budget that may stay unused before more is kept. */
const SPARE = 0.05;
/** The part of its room above which a note counts as full. */
const MUCH = 0.97;

interface Shortened<M> {
  readonly kept: readonly boolean[];
  readonly messages: M[];
  readonly summaries: number;
  readonly tokens: number;
}

/**
 * Fits a transcript into a model's window. Messages are kept as they are or left out whole, tool calls together with all
 * their results; what was left out is summarised or digested into one note. Deterministic, and idempotent: what fits
 * comes back as it was.
 */
export class ContextWindow<M> implements AsyncDisposable {
  private readonly counts = new WeakMap<object, { readonly revision: number; readonly tokens: number }>();
  private readonly summaries: Summaries<M> | undefined;
  private readonly clock: Clock;
  private readonly trims: Counter;
  private readonly overflows: Counter;
  private readonly fill: Gauge;
  private closed = false;

  /** Use `ContextWindow.anthropic` or `.openai` for their messages. @throws ToolkitOptionsError */
  constructor(
    private readonly options: ContextWindowOptions<M>,
    private readonly format: MessageFormat<M>,
  ) {
    const { maxTokens, outputReserve, counter, headRatio = 0.2, stepRatio = 0.04, name } = options;
    checkCounter(counter);
    if (!(outputReserve >= 0 && outputReserve < maxTokens)) {
      throw new ToolkitOptionsError(`context window "${name}": 0 ≤ outputReserve < maxTokens is wanted`);
    }
    if (!(headRatio >= 0 && headRatio <= 0.9) || !(stepRatio >= 0 && stepRatio <= 0.5)) {
      throw new ToolkitOptionsError(`context window "${name}": 0 ≤ headRatio ≤ 0.9 and 0 ≤ stepRatio ≤ 0.5 are wanted`);
    }
    const telemetry = options.telemetry ?? toolkitTelemetry;
    const labels = { window: name };
    this.trims = telemetry.counter('telltale_context_trims_total', 'Transcripts that had to be shortened', labels);
    this.overflows = telemetry.counter(
      'telltale_context_overflow_total',
      'Transcripts that could not be made to fit',
      labels,
    );
    this.fill = telemetry.gauge('telltale_context_fill_ratio', 'Tokens sent of those allowed, at the last fit', labels);
    const failures = telemetry.counter('telltale_context_summary_failures_total', 'Summaries that failed', labels);
    this.clock = options.clock ?? systemClock;
    const { summary } = options;
    this.summaries = summary === undefined ? undefined : new Summaries(summary, counter, this.clock, failures);
  }

  /** A window for messages of Anthropic's API. */
  static anthropic(options: ContextWindowOptions<AnthropicMessage>): ContextWindow<AnthropicMessage> {
    return new ContextWindow(options, anthropicFormat);
  }

  /** A window for messages of OpenAI's Chat Completions. */
  static openai(options: ContextWindowOptions<OpenAiMessage>): ContextWindow<OpenAiMessage> {
    return new ContextWindow(options, openAiFormat);
  }

  /** The most that system, tools and messages may have together. */
  get budget(): number {
    const { maxTokens, outputReserve, counter } = this.options;
    return Math.floor((maxTokens - outputReserve) / (1 + counter.errorRatio));
  }

  /** Tokens of system, tools and messages, with the API's overheads. */
  count({ system = '', tools = [], messages }: ContextInput<M>): number {
    return this.fixedTokens(system, tools) + messages.reduce((sum, message) => sum + this.countOf(message), 0);
  }

  /**
   * @throws ContextOverflowError when system, tools, pinned messages and the newest do not fit; the signal's reason when it aborts;
   *   ClosedError
   */
  async fit(input: ContextInput<M>, signal?: AbortSignal): Promise<FittedContext<M>> {
    const { budget } = this;
    const { isPinned, name } = this.options;
    signal?.throwIfAborted();
    if (this.closed) throw new ClosedError(`context window "${name}" is closed`);
    const { units, repaired } = toUnits(
      input.messages,
      this.format,
      (message, index) => isPinned?.(message, index) ?? false,
    );
    const fixed = this.fixedTokens(input.system ?? '', input.tools ?? []);
    const costs = await this.costsOf(units, signal);
    const whole = fixed + costs.reduce((sum, cost) => sum + cost, 0);
    if (whole <= budget) {
      const messages = repaired === 0 ? input.messages : units.flatMap((unit) => unit.messages);
      return this.report({ messages, tokens: whole, budget, elided: 0, summaries: 0, repaired });
    }
    const attributes = { 'telltale.context.window': name, 'telltale.context.budget': budget };
    const { kept, messages, summaries, tokens } = await withToolkitSpan(`fit ${name}`, { attributes }, () =>
      this.shorten(units, costs, { fixed, whole, budget }, signal),
    );
    const elided = units.reduce((sum, unit, index) => sum + (kept[index] ? 0 : unit.messages.length), 0);
    this.trims.add();
    recordDecision('context.trimmed', {
      'telltale.context.window': name,
      'telltale.context.elided_messages': elided,
      'telltale.context.summaries': summaries,
      'telltale.context.tokens': tokens,
      'telltale.context.budget': budget,
    });
    return this.report({ messages, tokens, budget, elided, summaries, repaired });
  }

  /** Ends summaries that are being made, whose callers get ClosedError, and takes no more. Idempotent. */
  async close(): Promise<void> {
    this.closed = true;
    await this.summaries?.close(new ClosedError(`context window "${this.options.name}" was closed`));
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Leaves units out until the rest, with its note and what must stand at gaps, is within the budget. */
  private async shorten(
    units: readonly Unit<M>[],
    costs: readonly number[],
    { fixed, whole, budget: allowed }: { readonly fixed: number; readonly whole: number; readonly budget: number },
    signal: AbortSignal | undefined,
  ): Promise<Shortened<M>> {
    const { headRatio = 0.2, stepRatio = 0.04 } = this.options;
    const planned = units.map(({ isPrompt, isPinned }, index) => ({ tokens: costs[index] ?? 0, isPrompt, isPinned }));
    const reserve = this.reserveOf(units, allowed - fixed);
    for (let budget = allowed - fixed; ;) {
      const plan = planKept(planned, { budget, reserve, headRatio, stepRatio });
      if (plan === undefined) throw this.overflow(fixed, whole, allowed);
      const first = await this.assembled(units, plan, fixed, signal);
      const best = await this.filledUp(first, units, planned, { fixed, budget, allowed }, signal);
      if (best.tokens <= allowed) return best;
      // The must leaves no room for what has to stand at its gaps.
      budget -= best.tokens - allowed;
    }
  }

  /** Keeps more, and at last gives the note all that is left, while more of the budget stays unused than should. */
  private async filledUp(
    first: Shortened<M>,
    units: readonly Unit<M>[],
    planned: readonly PlannedUnit[],
    { fixed, budget, allowed }: { readonly fixed: number; readonly budget: number; readonly allowed: number },
    signal: AbortSignal | undefined,
  ): Promise<Shortened<M>> {
    const enough = allowed * (1 - Math.max(SPARE, (this.options.stepRatio ?? 0.04) + 0.01));
    const perUnit = this.format.alternates ? 2 * this.fillerTokens : 0;
    const roomBeside = (kept: readonly boolean[]): number =>
      budget - planned.reduce((sum, { tokens }, index) => sum + (kept[index] ? tokens : 0), 0);
    let best = first;
    let most = Infinity;
    while (best.tokens < enough) {
      const kept = keepMore(planned, best.kept, { spare: allowed - best.tokens, perUnit, most });
      if (kept === undefined) break;
      const more = await this.assembled(units, { kept, noteRoom: roomBeside(kept) }, fixed, signal);
      if (more.tokens <= allowed && more.tokens > best.tokens) best = more;
      else if (most === 1) break;
      // What is kept goes from the note: many at once can be worth less than one.
      else most = 1;
    }
    if (best.tokens >= enough) return best;
    const wide = await this.assembled(units, { kept: best.kept, noteRoom: roomBeside(best.kept) }, fixed, signal);
    return wide.tokens <= allowed && wide.tokens > best.tokens ? wide : best;
  }

  private async assembled(
    units: readonly Unit<M>[],
    { kept, noteRoom }: KeepPlan,
    fixed: number,
    signal: AbortSignal | undefined,
  ): Promise<Shortened<M>> {
    const { messages, summaries } = await this.assemble(units, kept, noteRoom, signal);
    return { kept, messages, summaries, tokens: fixed + messages.reduce((sum, each) => sum + this.countOf(each), 0) };
  }

  private report(fitted: FittedContext<M>): FittedContext<M> {
    this.fill.set(fitted.tokens / fitted.budget);
    return fitted;
  }

  private overflow(fixed: number, whole: number, budget: number): ContextOverflowError {
    this.overflows.add();
    const { name } = this.options;
    recordDecision('context.overflow', { 'telltale.context.window': name, 'telltale.context.budget': budget });
    return new ContextOverflowError(
      `context window "${name}": system and tools (${fixed} tokens), pinned messages and the newest do not fit into ${budget} tokens (all: ${whole})`,
    );
  }

  /** Room for the note and for fillers around gaps; a tenth of the budget for summaries where there is a model for them. */
  private reserveOf(units: readonly Unit<M>[], room: number): number {
    const gaps = this.format.alternates ? 2 + units.filter(({ isPinned }) => isPinned).length : 0;
    const note = NOTE_RESERVE + 2 * gaps * this.fillerTokens;
    return Math.min(Math.floor(room / 3), this.summaries === undefined ? note : note + Math.floor(room / 10));
  }

  private get fillerTokens(): number {
    return this.countOf(this.format.note('assistant', FILLER));
  }

  /** The kept messages, with one note at the first gap; `left` is what the note and fillers may have. */
  private async assemble(
    units: readonly Unit<M>[],
    kept: readonly boolean[],
    left: number,
    signal: AbortSignal | undefined,
  ): Promise<{ messages: M[]; summaries: number }> {
    const note = this.format.note('user', '');
    const skeleton = this.join(units, kept, note);
    const ofUnits = units.reduce((sum, unit, index) => sum + (kept[index] ? unit.messages.length : 0), 0);
    const fillers = (skeleton.length - ofUnits - 1) * this.fillerTokens;
    const elided = units.filter((_, index) => !kept[index]);
    const { text, summaries } = await this.noteOf(elided, left - fillers, signal);
    if (text === '') return { messages: this.join(units, kept, undefined), summaries: 0 };
    const written = this.format.note('user', text);
    return { messages: skeleton.map((message) => (message === note ? written : message)), summaries };
  }

  private join(units: readonly Unit<M>[], kept: readonly boolean[], note: M | undefined): M[] {
    const out: M[] = [];
    const gap = kept.indexOf(false);
    let broken = true;
    units.forEach((unit, index) => {
      if (!kept[index]) {
        if (index === gap && note !== undefined) {
          this.alternate(out, 'user');
          out.push(note);
        }
        broken = true;
        return;
      }
      const [first] = unit.messages;
      if (broken && first !== undefined) this.alternate(out, this.format.roleOf(first));
      broken = false;
      out.push(...unit.messages);
    });
    return out;
  }

  /** Puts a short message of the other role between two of one, where the API wants turns. */
  private alternate(out: M[], next: string): void {
    if (!this.format.alternates || (next !== 'user' && next !== 'assistant')) return;
    const last = out.at(-1);
    const role = last === undefined ? 'assistant' : this.format.roleOf(last);
    if (role !== next) return;
    out.push(this.format.note(next === 'user' ? 'assistant' : 'user', FILLER));
  }

  private async noteOf(
    elided: readonly Unit<M>[],
    room: number,
    signal: AbortSignal | undefined,
  ): Promise<{ text: string; summaries: number }> {
    const { counter } = this.options;
    const count = elided.reduce((sum, unit) => sum + unit.messages.length, 0);
    const empty = this.countOf(this.format.note('user', ''));
    const headings = [
      `[${count} earlier messages were left out here to fit the context window.]`,
      `[${count} messages left out]`,
      '[…]',
    ];
    const fits = (text: string): boolean => empty + counter.count(text) + 4 <= room;
    const heading = headings.find(fits) ?? '';
    const { chunks, rest } = this.chunksOf(elided);
    const texts =
      (await this.summaries?.of(
        chunks.map((chunk) => chunk.flatMap((unit) => unit.messages)),
        signal,
      )) ?? [];
    let budget = room - empty - counter.count(heading) - 4;
    const parts: string[] = [];
    const digested: Unit<M>[] = [];
    let summaries = 0;
    // Newer summaries first, when there is not room for all.
    for (let index = chunks.length - 1; index >= 0; index--) {
      const text = texts[index];
      const line = text === undefined ? '' : `Summary: ${text}`;
      const cost = counter.count(line) + 2;
      if (text !== undefined && cost <= budget) {
        parts.unshift(line);
        budget -= cost;
        summaries++;
      } else if (text === undefined) digested.unshift(...(chunks[index] ?? []));
    }
    digested.push(...rest);
    const lines = [heading, ...parts];
    let note = this.filled(lines, this.partsOf(digested, room, false), room, budget);
    if (note.cost < room * MUCH && summaries > 0) {
      // There is room for the words of what was summarised, too.
      digested.splice(0, digested.length, ...elided);
      note = this.filled(lines, this.partsOf(digested, room, false), room, budget);
    }
    if (note.cost >= room * MUCH) return { text: note.text, summaries };
    // All of it is in and there is room: what tells calls and results apart is worth more than nothing.
    const marked = this.filled(lines, this.partsOf(digested, room, true), room, budget);
    return { text: marked.cost > note.cost ? marked.text : note.text, summaries };
  }

  /** The newest messages, as many as the room has lines for; blank ones make up for some. */
  private partsOf(units: readonly Unit<M>[], room: number, marked: boolean): DigestPart[] {
    const messages = units.flatMap((unit) => unit.messages);
    const first = Math.max(0, messages.length - 2 * linesIn(room));
    return messages.slice(first).map((message, index) => {
      const role = this.format.roleOf(message);
      return {
        role: marked ? `message ${first + index + 1} of ${messages.length} left out, ${role}` : role,
        text: this.format.textOf(message, marked),
      };
    });
  }

  /** Digests until the note fills its room: counts of parts do not quite add up to that of the whole. */
  private filled(
    lines: readonly string[],
    parts: readonly DigestPart[],
    room: number,
    budget: number,
  ): { text: string; cost: number } {
    let best = '';
    let bestCost = 0;
    let grant = budget;
    for (let tries = 0; tries < 5; tries++) {
      const excerpt = digest(parts, grant, this.options.counter);
      const text = [...lines, ...(excerpt === '' ? [] : [excerpt])].join('\n');
      const cost = this.countOf(this.format.note('user', text));
      if (cost <= room && cost > bestCost) {
        best = text;
        bestCost = cost;
      }
      if (cost <= room && room - cost < 2 + room * 0.01) break;
      grant += room - cost - (cost > room ? 1 : 0);
    }
    return { text: best, cost: bestCost };
  }

  /** Cuts what was left out into parts that stay the same as more is added at the end. */
  private chunksOf(elided: readonly Unit<M>[]): { chunks: Unit<M>[][]; rest: Unit<M>[] } {
    if (this.summaries === undefined) return { chunks: [], rest: [...elided] };
    const chunks: Unit<M>[][] = [];
    let open: Unit<M>[] = [];
    let tokens = 0;
    for (const unit of elided) {
      open.push(unit);
      tokens += this.costOf(unit);
      if (tokens < this.summaries.chunkTokens) continue;
      chunks.push(open);
      open = [];
      tokens = 0;
    }
    return { chunks, rest: open };
  }

  private fixedTokens(system: string, tools: readonly unknown[]): number {
    const { counter } = this.options;
    const defined = tools.reduce((sum: number, tool) => sum + counter.count(JSON.stringify(tool)) + 8, 0);
    return (system === '' ? 0 : counter.count(system) + 4) + defined + 3;
  }

  /** Counts unit by unit, and lets others have their turn where that takes long. */
  private async costsOf(units: readonly Unit<M>[], signal: AbortSignal | undefined): Promise<number[]> {
    const costs: number[] = [];
    let since = this.clock.elapsed();
    for (const [index, unit] of units.entries()) {
      costs.push(this.costOf(unit));
      if (index % 16 !== 15 || this.clock.elapsed() - since < TURN) continue;
      await nextTurn();
      signal?.throwIfAborted();
      since = this.clock.elapsed();
    }
    return costs;
  }

  private costOf(unit: Unit<M>): number {
    return unit.messages.reduce((sum, message) => sum + this.countOf(message), 0);
  }

  /** Messages are taken as unchanging, so their counts are kept for as long as the counter stays the same. */
  private countOf(message: M): number {
    const { counter } = this.options;
    const isSteady = counter.errorRatio === 0 || counter.revision !== undefined;
    if (!isSteady || typeof message !== 'object' || message === null) return this.format.countOf(message, counter);
    const { revision = 0 } = counter;
    const known = this.counts.get(message);
    if (known?.revision === revision) return known.tokens;
    const tokens = this.format.countOf(message, counter);
    this.counts.set(message, { revision, tokens });
    return tokens;
  }
}
