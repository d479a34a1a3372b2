import { systemClock } from '../../../base/clock';
import { seededRandom } from '../../../base/ids';
import { watchLoopHolds } from '../../../base/loop-holds';
import { noTelemetry } from '../../../base/telemetry';
import { nextTurn } from '../../../base/turn';
import { ContextWindow } from './context-window';
import { checkRandomFit } from './testing/check-fit';
import { growConversation } from './testing/growing';
import { charCounter, randomAnthropic } from './testing/random-transcript';
import { CalibratedCounter, openAiCounter } from './token-counter';
import type { BenchDefinition, BenchOptions } from '../../../base/bench';
import type { TokenCounter } from './token-counter';

const TRANSCRIPTS = { full: 1_000_000, short: 10_000 };

/** Pairing rules and fullness over many random transcripts of both APIs, what a prompt cache makes of it, and its cost. */
export const bench: BenchDefinition = {
  name: 'context-window',
  run: async (options) => ({
    ...(await cacheFigures(options)),
    ...(await costFigures(options)),
    ...(await countFigures(options)),
    ...(await fitFigures(options)),
  }),
};

async function fitFigures({ out, full }: BenchOptions): Promise<Record<string, number>> {
  const transcripts = full ? TRANSCRIPTS.full : TRANSCRIPTS.short;
  const random = seededRandom(2);
  const began = performance.now();
  let faults = 0;
  let overflowed = 0;
  let trimmed = 0;
  let least = 1;
  let under = 0;
  let sum = 0;
  for (let count = 0; count < transcripts; count++) {
    const report = await checkRandomFit(random);
    faults += report.faults.length;
    if (report.overflowed) overflowed++;
    if (report.keptRatio === undefined) continue;
    trimmed++;
    sum += report.keptRatio;
    least = Math.min(least, report.keptRatio);
    if (report.keptRatio < 0.95) under++;
  }
  const seconds = (performance.now() - began) / 1000;
  out(`${transcripts} transcripts, ${trimmed} trimmed, ${overflowed} did not fit at all, ${seconds.toFixed(0)} s`);
  out(
    `faults ${faults}; of the budget least ${least.toFixed(4)}, mean ${(sum / trimmed).toFixed(4)}, below 0.95 ${under}`,
  );
  return { transcripts, faults, trimmed, overflowed, leastKept: least, meanKept: sum / trimmed, below95: under };
}

/** A conversation of a thousand turns in a window of 32,000 tokens, called at every turn and every round of tools. */
async function cacheFigures({ out }: BenchOptions): Promise<Record<string, number>> {
  const messages = randomAnthropic(seededRandom(4), 1_000);
  const ends = messages.flatMap(({ role }, index) => (role === 'user' ? [index + 1] : []));
  const figures: Record<string, number> = {};
  for (const stepRatio of [0, 0.04, 0.2]) {
    const window = ContextWindow.anthropic({
      name: 'bench',
      maxTokens: 32_000,
      outputReserve: 2_000,
      counter: charCounter,
      stepRatio,
      telemetry: noTelemetry,
    });
    const { calls, extended, cachedRatio, leastFill, meanFill } = await growConversation(window, messages, ends);
    out(
      `step ${stepRatio}: of ${calls} calls ${((100 * extended) / calls).toFixed(1)} % go on from the one before; ` +
        `${(100 * cachedRatio).toFixed(1)} % of the tokens cached; fill least ${leastFill.toFixed(3)}, mean ${meanFill.toFixed(3)}`,
    );
    figures[`extended${stepRatio}`] = extended / calls;
    figures[`cached${stepRatio}`] = cachedRatio;
  }
  return figures;
}

/** How long one fit of a transcript of twice the window takes, and holds the event loop. */
async function costFigures({ out }: BenchOptions): Promise<Record<string, number>> {
  const figures: Record<string, number> = {};
  const counters: Record<string, () => TokenCounter> = {
    exact: () => openAiCounter(),
    calibrated: () => new CalibratedCounter('bench'),
  };
  for (const [name, open] of Object.entries(counters)) {
    const counter = open();
    counter.count('loads the table');
    const options = { name: 'bench', maxTokens: 200_000, outputReserve: 8_192, counter, telemetry: noTelemetry };
    const window = ContextWindow.anthropic(options);
    const messages = randomAnthropic(seededRandom(6), 1_500);
    const times: number[] = [];
    let longest = 0;
    for (let round = 0; round < 4; round++) {
      const end = watchLoopHolds(systemClock);
      await nextTurn();
      const began = performance.now();
      await window.fit({ messages: messages.slice(0, messages.length - 40 + 10 * round) });
      times.push(performance.now() - began);
      await nextTurn();
      await nextTurn();
      longest = Math.max(longest, end().longest);
    }
    const [first = 0, ...later] = times;
    const next = Math.min(...later);
    out(
      `${name} counter: first fit ${first.toFixed(0)} ms, next ${next.toFixed(1)} ms; loop held ${longest.toFixed(0)} ms`,
    );
    figures[`${name}FirstMs`] = first;
    figures[`${name}NextMs`] = next;
    figures[`${name}HoldMs`] = longest;
  }
  return figures;
}

/** How far a calibrated counter is off that learns from the exact one, in its own words and by what it states. */
function countFigures({ out }: BenchOptions): Promise<Record<string, number>> {
  const truth = openAiCounter();
  const counter = new CalibratedCounter('bench');
  const texts = randomAnthropic(seededRandom(8), 200).map((message) => JSON.stringify(message));
  const errors: number[] = [];
  let within = 0;
  texts.forEach((text, index) => {
    const [counted, true_] = [counter.count(text), truth.count(text)];
    if (index >= texts.length / 2) {
      errors.push(Math.abs(counted / true_ - 1));
      if (Math.abs(counted / true_ - 1) <= counter.errorRatio) within++;
    }
    counter.observe(counted, true_);
  });
  const median = errors.sort((a, b) => a - b)[errors.length >> 1] ?? NaN;
  const share = within / errors.length;
  out(
    `calibrated count: states ${counter.errorRatio.toFixed(2)}; median error ${median.toFixed(3)}; ${(100 * share).toFixed(1)} % within what is stated`,
  );
  return Promise.resolve({ statedError: counter.errorRatio, medianError: median, withinStated: share });
}
