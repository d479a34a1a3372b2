import { noTelemetry } from '../../../../base/telemetry';
import { ContextOverflowError } from '../../../errors';
import { ContextWindow } from '../context-window';
import { anthropicBreaches, openAiBreaches } from './pairing-rules';
import { charCounter, randomAnthropic, randomOpenAi } from './random-transcript';
import type { Random } from '../../../../base/ids';
import type { AnthropicMessage } from '../formats/anthropic';
import type { ContextWindowOptions } from '../context-window';

/** What fitting one random transcript showed. */
export interface FitReport {
  /** Breaches of pairing, budget, byte-equality of the newest, or idempotence. */
  readonly faults: readonly string[];
  /** Tokens of the budget, when there was more than fits. */
  readonly keptRatio: number | undefined;
  readonly overflowed: boolean;
}

/** Fits a random transcript of either API and checks every promise. */
export async function checkRandomFit(random: Random): Promise<FitReport> {
  const turns = 1 + Math.floor(random() * 12);
  const options = {
    name: 'check',
    maxTokens: 300 + Math.floor(random() * 1_500),
    outputReserve: 50,
    counter: charCounter,
    telemetry: noTelemetry,
  };
  const loses = random() < 0.15;
  if (random() < 0.5) {
    const messages = randomAnthropic(random, turns);
    if (loses) loseSome(messages, random);
    // The API itself joins messages of one role in a row; who hands them in gets them back.
    const breaches = (sent: readonly AnthropicMessage[]): string[] =>
      anthropicBreaches(sent).filter((breach) => !loses || !breach.includes('in a row'));
    return check(ContextWindow.anthropic(options), messages, breaches, options);
  }
  const messages = randomOpenAi(random, turns);
  if (loses) loseSome(messages, random);
  return check(ContextWindow.openai(options), messages, openAiBreaches, options);
}

/** Takes out a few messages, as a store that lost them would: calls without results, results without calls. */
function loseSome(messages: unknown[], random: Random): void {
  for (let lost = 1 + Math.floor(random() * 3); lost > 0 && messages.length > 6; lost--) {
    messages.splice(1 + Math.floor(random() * (messages.length - 5)), 1);
  }
}

async function check<M>(
  window: ContextWindow<M>,
  messages: M[],
  breaches: (messages: readonly M[]) => string[],
  { maxTokens, outputReserve }: Pick<ContextWindowOptions<M>, 'maxTokens' | 'outputReserve'>,
): Promise<FitReport> {
  const system = 'You are a coding assistant.';
  try {
    const fitted = await window.fit({ system, messages });
    const faults = breaches(fitted.messages);
    const whole = window.count({ system, messages });
    if (fitted.tokens > maxTokens - outputReserve) faults.push(`${fitted.tokens} tokens are over the budget`);
    if (fitted.tokens !== window.count({ system, messages: fitted.messages })) faults.push('the count is wrong');
    if (JSON.stringify(fitted.messages.at(-1)) !== JSON.stringify(messages.at(-1)))
      faults.push('the newest was changed');
    const again = await window.fit({ system, messages: fitted.messages });
    if (JSON.stringify(again.messages) !== JSON.stringify(fitted.messages)) faults.push('not idempotent');
    // Results without their call are no content that could be kept.
    const hadMore = whole > fitted.budget && (fitted.repaired === 0 || fitted.elided > 0);
    const keptRatio = hadMore ? fitted.tokens / fitted.budget : undefined;
    return { faults, keptRatio, overflowed: false };
  } catch (error) {
    if (error instanceof ContextOverflowError) return { faults: [], keptRatio: undefined, overflowed: true };
    throw error;
  }
}
