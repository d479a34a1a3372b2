import type { BenchDefinition } from '../base/bench';
import { bundledPrices } from '../pricing';
import { Pricer } from './pricing/pricer';
import { judgeWeek } from './testing/judge-week';
import type { JudgedPlant } from './testing/judge-week';
import { STAGES, USUAL_SHAPE } from './testing/week';
import type { WeekShape } from './testing/week';

const QUIET: WeekShape = { ...USUAL_SHAPE, traffic: 1 / 3 };
const { pool, cache } = USUAL_SHAPE;

/** Assistants of other sizes, speeds, names and vendors than the usual one. */
const SHAPES: Readonly<Record<string, WeekShape>> = {
  usual: USUAL_SHAPE,
  'a third of the traffic': QUIET,
  'three times the traffic': { ...USUAL_SHAPE, traffic: 3 },
  'small problems': {
    ...QUIET,
    oversized: { from: 36_000, to: 60_000, share: 0.15 },
    repeats: 0.3,
    breaks: { share: 0.3, from: 6 },
    storm: { attempts: 4, pauseMs: 900 },
    slowStatementMs: 250,
    connectMs: 30,
    pool: { ...pool, limit: 4 },
    batcher: { name: 'rerank', windowMs: 200 },
    cache: { name: 'symbols', lifetimeMinutes: 20 },
  },
  'other names': {
    ...QUIET,
    service: 'copilot-backend',
    agent: 'title',
    tools: ['Read', 'Grep', 'Edit', 'Bash', 'lookup_docs'],
    database: 'mysql',
    host: 'wiki.corp',
    pool: { ...pool, name: 'workers' },
    batcher: { name: 'llm', windowMs: 900 },
    cache: { ...cache, name: 'ast' },
  },
  'other models': {
    ...QUIET,
    tools: ['view', 'ripgrep', 'apply_patch', 'shell', 'docs_search'],
    models: { main: 'claude-opus-4-5', small: 'claude-haiku-4-5', large: 'claude-sonnet-4-5' },
  },
  OpenAI: { ...QUIET, provider: 'openai', models: { main: 'gpt-5', small: 'gpt-5-mini', large: 'gpt-5' } },
  Gemini: {
    ...QUIET,
    provider: 'gcp.gemini',
    models: { main: 'gemini-2.5-pro', small: 'gemini-2.5-flash', large: 'gemini-2.5-pro' },
  },
  'large and slow': {
    ...QUIET,
    resultFactor: 3,
    timeFactor: 3,
    oversized: { from: 200_000, to: 400_000, share: 0.05 },
    slowStatementMs: 3_000,
    connectMs: 200,
  },
};

/** Whether advice names ten planted problems with stage and saving, and nothing else, over weeks of many kinds. */
export const bench: BenchDefinition = {
  name: 'advice',
  async run({ out, full }) {
    const pricer = new Pricer(bundledPrices);
    const sums = { weeks: 0, planted: 0, named: 0, withinFifth: 0, beside: 0, onCleanWeeks: 0 };
    for (const [name, shape] of Object.entries(SHAPES)) {
      for (let seed = 1; seed <= (full ? 10 : 2); seed++) {
        const { clean, found, others } = await judgeWeek(seed, shape, pricer);
        const missed = found.filter((judged) => !isNamed(judged));
        const off = found.filter((judged) => isNamed(judged) && !isNear(judged));
        sums.weeks++;
        sums.planted += found.length;
        sums.named += found.length - missed.length;
        sums.withinFifth += found.length - missed.length - off.length;
        sums.beside += others.length;
        sums.onCleanWeeks += clean.length;
        const faults = [
          ...missed.map(({ plant }) => `missed ${plant}`),
          ...off.map(
            ({ plant, usdRatio, msRatio }) => `${plant} off: ${[usdRatio, msRatio].map(ratioText).join(', ')}`,
          ),
          ...others.map(({ kind }) => `also ${kind}`),
          ...clean.map(({ kind }) => `clean week: ${kind}`),
        ];
        out(`${name}, seed ${seed}: ${faults.length === 0 ? 'all ten, nothing else' : faults.join('; ')}`);
      }
    }
    return sums;
  },
};

function isNamed({ plant, advice }: JudgedPlant): boolean {
  return advice.length === 1 && advice[0]?.stage === STAGES[plant];
}

function isNear({ usdRatio, msRatio, hasUsd }: JudgedPlant): boolean {
  const near = (ratio: number | undefined): boolean => ratio === undefined || Math.abs(ratio - 1) <= 0.2;
  return near(usdRatio) && near(msRatio) && (usdRatio !== undefined || !hasUsd);
}

function ratioText(ratio: number | undefined): string {
  return ratio === undefined ? 'no figure' : `${ratio.toFixed(2)} of the truth`;
}
