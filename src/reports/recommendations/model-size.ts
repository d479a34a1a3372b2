import type { LedgerRow } from '../../domain/ledger';
import { cellText } from '../render/format';
import { groupBy, sumKnown } from '../sections/group';
import { median, quantileOf, sorted } from '../statistics/order';
import { defineRecommender, sessionsOf, traceIdsOf } from './recommender';

/** What a task may have at most to be small: nine calls of ten. */
const SMALL_OUTPUT = 400;
const SMALL_INPUT = 8_000;
const LEAST_CALLS = 40;
/** The smaller model must cost at most this share. */
const WORTHWHILE = 0.6;

/** Families of models, the largest first, by what their names contain; a step down keeps the rest of the name where it can. */
const FAMILIES: readonly { readonly provider: string; readonly large: RegExp; readonly small: readonly string[] }[] = [
  { provider: 'anthropic', large: /claude.*(opus|sonnet)/, small: ['claude-haiku-4-5', 'claude-3-5-haiku-latest'] },
  { provider: 'openai', large: /^gpt-5(?!.*(mini|nano))/, small: ['gpt-5-mini'] },
  { provider: 'openai', large: /^gpt-4\.1(?!.*(mini|nano))/, small: ['gpt-4.1-mini'] },
  { provider: 'openai', large: /^gpt-4o(?!.*mini)/, small: ['gpt-4o-mini'] },
  { provider: 'gcp.gemini', large: /^gemini-2\.5-pro/, small: ['gemini-2.5-flash'] },
  { provider: 'gcp.gemini', large: /^gemini-3.*pro/, small: ['gemini-3-flash-preview', 'gemini-2.5-flash'] },
  { provider: 'mistral_ai', large: /mistral-large/, small: ['mistral-small-latest'] },
];

/** A whole kind of task that is small in every call and runs on a large model. */
export const modelTooLarge = defineRecommender({
  name: 'model-too-large',
  doc: 'A kind of task that is always small runs on a large model.',
  find: ({ facts, pricer }) => {
    const ok = facts.calls.filter(
      ({ outcome, usage }) => outcome === 'ok' && usage.input !== undefined && usage.output !== undefined,
    );
    return [...groupBy(ok, taskOf)].flatMap(([, rows]) => {
      const first = rows[0];
      if (first === undefined || rows.length < LEAST_CALLS || !isSmall(rows)) return [];
      const model = first.responseModel || first.requestModel;
      const paid = sumKnown(rows, (row) => pricer.cost(row));
      const [smaller] = candidates(model).flatMap((name) => {
        const usd = sumKnown(rows, (row) => pricer.cost(row, { model: name }));
        return usd === undefined || paid === undefined || usd > WORTHWHILE * paid ? [] : [{ name, usd }];
      });
      if (smaller === undefined || paid === undefined) return [];
      const proven = ok.filter((row) => (row.responseModel || row.requestModel).includes(smaller.name));
      const faster = timeSaved(rows, proven);
      const name = `${first.service} ${first.agent || first.operation}`.trim();
      return [
        {
          kind: 'model-too-large',
          title: `${model} does small tasks that ${smaller.name} can do`,
          stage: 'inference' as const,
          evidence: [
            `${rows.length} calls of ${name} had a median of ${Math.round(median(rows.map(({ usage }) => usage.input ?? 0)))} input and ${Math.round(median(rows.map(({ usage }) => usage.output ?? 0)))} output tokens and no reasoning; nine of ten stay below ${SMALL_INPUT} and ${SMALL_OUTPUT}.`,
            `They cost ${cellText(paid, 'usd')} by list price; on ${smaller.name} ${cellText(smaller.usd, 'usd')}.`,
            'Whether the smaller model answers as well must be tried: tokens and times do not tell.',
          ],
          savingUsd: paid - smaller.usd,
          ...(faster === undefined ? {} : { savingMs: faster }),
          confidence: proven.length >= LEAST_CALLS ? ('medium' as const) : ('low' as const),
          change: `Send ${name} to ${smaller.name}; keep ${model} as the fallback for answers that fail validation, and compare with: telltale compare --baseline model:${model} --candidate model:${smaller.name}`,
          traceIds: traceIdsOf(rows),
          sessions: sessionsOf(rows),
        },
      ];
    });
  },
});

function taskOf(row: LedgerRow): string {
  return `${row.service}\n${row.agent}\n${row.operation}\n${row.responseModel || row.requestModel}`;
}

function isSmall(rows: readonly LedgerRow[]): boolean {
  const most = (pick: (row: LedgerRow) => number): number => quantileOf(sorted(rows.map(pick)), 0.9);
  return (
    most(({ usage }) => usage.output ?? 0) <= SMALL_OUTPUT &&
    most(({ usage }) => usage.input ?? 0) <= SMALL_INPUT &&
    most(({ usage }) => usage.reasoning ?? 0) === 0
  );
}

function candidates(model: string): readonly string[] {
  const plain = model.toLowerCase().replace(/^.*\//, '');
  return FAMILIES.find(({ large }) => large.test(plain))?.small ?? [];
}

/** By the medians of both models' time per output token, where the smaller one was seen at work. */
function timeSaved(rows: readonly LedgerRow[], proven: readonly LedgerRow[]): number | undefined {
  const small = proven.filter(({ usage }) => (usage.output ?? 0) <= SMALL_OUTPUT && (usage.input ?? 0) <= SMALL_INPUT);
  const ours = rows.flatMap(({ latencyMs }) => latencyMs ?? []);
  const theirs = small.flatMap(({ latencyMs }) => latencyMs ?? []);
  if (ours.length < LEAST_CALLS || theirs.length < LEAST_CALLS) return undefined;
  const saved = (median(ours) - median(theirs)) * rows.length;
  return saved > 0 ? saved : undefined;
}
