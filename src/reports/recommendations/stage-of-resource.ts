import type { Stage } from '../../domain/stage';

const HINTS: readonly (readonly [RegExp, Stage])[] = [
  [/llm|model|infer|provider|anthropic|openai|gemini|embed|completion|prompt|batch/i, 'inference'],
  [/pars|valid|token|request|inbound/i, 'parsing'],
  [/render|respon|stream|format|markdown/i, 'response'],
];

/** The stage that a pool, cache, host or batcher serves, by its name; most serve tools. */
export function stageOfResource(name: string, told = ''): Stage {
  if (told === 'parsing' || told === 'inference' || told === 'tool' || told === 'response') return told;
  return HINTS.find(([pattern]) => pattern.test(name))?.[1] ?? 'tool';
}
