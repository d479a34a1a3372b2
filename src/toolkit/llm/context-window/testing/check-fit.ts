import { noTelemetry } from '../../../../base/telemetry';
import { ContextOverflowError } from '../../../errors';
import { ContextWindow } from '../context-window';
import { anthropicFormat } from '../formats/anthropic';
import { openAiFormat } from '../formats/openai';
import { toUnits } from '../units';
import { disturbAnthropic, disturbOpenAi } from './disturb';
import { anthropicBreaches, openAiBreaches } from './pairing-rules';
import { charCounter, randomAnthropic, randomOpenAi } from './random-transcript';
import type { Random } from '../../../../base/ids';
import type { ContextInput, ContextWindowOptions, FittedContext } from '../context-window';
import type { MessageFormat } from '../formats/format';
import type { SummaryOptions } from '../summaries';

/** What fitting one random transcript showed. */
export interface FitReport {
  /** Breaches of any promise. */
  readonly faults: readonly string[];
  /** Tokens of the budget, when there was more than fits. */
  readonly keptRatio: number | undefined;
  readonly overflowed: boolean;
}

/** Tokens that must be free beside what has to be sent: with less there is not room for a note. */
const LEAST_ROOM = 64;

interface Case<M> {
  readonly options: ContextWindowOptions<M>;
  readonly input: ContextInput<M>;
  readonly format: MessageFormat<M>;
  readonly open: (options: ContextWindowOptions<M>) => ContextWindow<M>;
  readonly breaches: (messages: readonly M[]) => string[];
  readonly isDisturbed: boolean;
  /** By another window, to see whether it does the same. */
  readonly isRepeated: boolean;
}

/** Fits a random transcript of either API, one in three disturbed, and checks every promise. */
export async function checkRandomFit(random: Random): Promise<FitReport> {
  const turns = 1 + Math.floor(random() * 12);
  const isDisturbed = random() < 0.34;
  const isRepeated = random() < 0.1;
  if (random() < 0.5) {
    const messages = randomAnthropic(random, turns);
    if (isDisturbed) disturbAnthropic(messages, random);
    const open = ContextWindow.anthropic.bind(ContextWindow);
    return check({
      ...someOptions(messages, random),
      format: anthropicFormat,
      open,
      breaches: anthropicBreaches,
      isDisturbed,
      isRepeated,
    });
  }
  const messages = randomOpenAi(random, turns);
  if (isDisturbed) disturbOpenAi(messages, random);
  const open = ContextWindow.openai.bind(ContextWindow);
  return check({
    ...someOptions(messages, random),
    format: openAiFormat,
    open,
    breaches: openAiBreaches,
    isDisturbed,
    isRepeated,
  });
}

function someOptions<M>(messages: M[], random: Random): Pick<Case<M>, 'options' | 'input'> {
  const pinned = random() < 0.15 ? messages[Math.floor(random() * messages.length)] : undefined;
  const summary = random() < 0.15 ? someSummary<M>(random) : undefined;
  const system = random() < 0.8 ? { system: 'You are a coding assistant.' } : {};
  const tools = random() < 0.2 ? { tools: [{ name: 'read_file', input_schema: { type: 'object' } }] } : {};
  return {
    options: {
      name: 'check',
      maxTokens: (random() < 0.1 ? 80 : 300) + Math.floor(random() * 1_500),
      outputReserve: 50,
      counter: charCounter,
      telemetry: noTelemetry,
      ...(pinned === undefined ? {} : { isPinned: (message: M) => message === pinned }),
      ...(summary === undefined ? {} : { summary }),
    },
    input: { ...system, ...tools, messages },
  };
}

/** Short, far too long, or failing. */
function someSummary<M>(random: Random): SummaryOptions<M> {
  const kind = Math.floor(random() * 3);
  return {
    chunkTokens: 120,
    maxTokens: 30,
    summarize: (messages) =>
      kind === 0
        ? Promise.reject(new Error('no model'))
        : Promise.resolve(kind === 1 ? 'In short.' : 'word '.repeat(40 + messages.length)),
  };
}

async function check<M>(of: Case<M>): Promise<FitReport> {
  const { options, input, open, format } = of;
  const window = open(options);
  let fitted: FittedContext<M>;
  try {
    fitted = await window.fit(input);
  } catch (error) {
    if (error instanceof ContextOverflowError)
      return { faults: overflowFaults(of, window), keptRatio: undefined, overflowed: true };
    throw error;
  }
  const faults = [...faultsOf(of, fitted)];
  if (fitted.tokens !== window.count({ ...input, messages: fitted.messages })) faults.push('the count is wrong');
  const again = await window.fit({ ...input, messages: fitted.messages });
  if (JSON.stringify(again.messages) !== JSON.stringify(fitted.messages)) faults.push('not idempotent');
  if (of.isRepeated) {
    const once = await open(options).fit(input);
    if (JSON.stringify(once.messages) !== JSON.stringify(fitted.messages)) faults.push('not deterministic');
  }
  // What was mended is no content that could be kept, and pictures are kept whole or not at all.
  const sound = toUnits(input.messages, format, () => false).units.flatMap(({ messages }) => messages);
  const pictures = sound.filter((message) => !fitted.messages.includes(message) && hasPicture(message));
  const inWords = window.count({ ...input, messages: sound }) - window.count({ messages: pictures });
  const hadMore = fitted.budget - mustTokens(of, window) >= LEAST_ROOM && inWords > fitted.budget;
  return { faults, keptRatio: hadMore ? fitted.tokens / fitted.budget : undefined, overflowed: false };
}

function hasPicture(message: unknown): boolean {
  return JSON.stringify(message).includes('"image');
}

function faultsOf<M>({ options, input, format, breaches, isDisturbed }: Case<M>, fitted: FittedContext<M>): string[] {
  const { maxTokens, outputReserve, isPinned } = options;
  // The API itself joins messages of one role in a row; who hands them in, or an answer first, gets them back.
  const handedIn = (breach: string): boolean =>
    isDisturbed && (breach.includes('in a row') || (fitted.elided === 0 && breach.includes('first message')));
  const faults = breaches(fitted.messages).filter((breach) => !handedIn(breach));
  if (fitted.tokens > maxTokens - outputReserve) faults.push(`${fitted.tokens} tokens are over the budget`);
  if (fitted.repaired > 0 && !isDisturbed) faults.push('a sound transcript was mended');
  if (fitted.repaired > 0) return faults;
  if (fitted.messages.at(-1) !== input.messages.at(-1)) faults.push('the newest was changed');
  const kept = fitted.messages.filter((message) => input.messages.includes(message));
  const order = kept.map((message) => input.messages.indexOf(message));
  if (order.some((index, at) => at > 0 && index <= (order[at - 1] ?? -1))) faults.push('the order was changed');
  if (kept.length !== input.messages.length - fitted.elided) faults.push('a kept message was changed');
  input.messages.forEach((message, index) => {
    const must = format.roleOf(message) === 'instruction' || isPinned?.(message, index);
    if (must && !kept.includes(message)) faults.push(`${index}: pinned, but left out`);
  });
  return faults;
}

/** What must be sent, with what has to stand around gaps, is truly more than the budget. */
function overflowFaults<M>(of: Case<M>, window: ContextWindow<M>): string[] {
  const tokens = mustTokens(of, window);
  return tokens > window.budget ? [] : [`refused, though the must has ${tokens} of ${window.budget} tokens`];
}

/** Tokens of instructions, tools, pinned messages and the newest, with those that may have to stand between. */
function mustTokens<M>({ options, input, format }: Case<M>, window: ContextWindow<M>): number {
  const { isPinned } = options;
  const { units } = toUnits(input.messages, format, (message, index) => isPinned?.(message, index) ?? false);
  const must = units.filter((unit, index) => unit.isPinned || index === units.length - 1);
  const fillers = format.alternates ? (must.length + 1) * 2 * 10 : 0;
  return window.count({ ...input, messages: must.flatMap((unit) => unit.messages) }) + fillers;
}
