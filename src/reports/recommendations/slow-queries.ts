import type { StatementFacts } from '../facts';
import { groupBy } from '../sections/group';
import { mean, median } from '../statistics/order';
import { defineRecommender, traceIdsOf } from './recommender';
import { stageOfResource } from './stage-of-resource';

/** A statement is slow from so long on in the median, and so many times its neighbours. */
const SLOW_MS = 50;
const TIMES_OTHERS = 8;
const LEAST_TIMES = 20;

/** Statements far slower than the others of their database. */
export const slowQueries = defineRecommender({
  name: 'slow-query',
  doc: 'A statement takes far longer than the others of its database.',
  fromDetails: true,
  find: ({ facts }) =>
    [...groupBy(facts.statements, ({ system }) => system)].flatMap(([system, statements]) => {
      const shapes = groupBy(statements, ({ statement }) => shapeOf(statement));
      return [...shapes].flatMap(([shape, group]) => {
        if (group.length < LEAST_TIMES || shape === '') return [];
        const others = [...shapes].flatMap(([other, members]) =>
          other === shape || members.length < LEAST_TIMES ? [] : [median(members.map(({ durationMs }) => durationMs))],
        );
        const own = median(group.map(({ durationMs }) => durationMs));
        const usual = others.length === 0 ? SLOW_MS / TIMES_OTHERS : median(others);
        if (own < SLOW_MS || own < TIMES_OTHERS * usual) return [];
        const spread = mean(group.map(({ durationMs }) => durationMs));
        // The tail of a fast statement is as long, in proportion, as that of the slow one.
        const saving = group.length * (spread - usual * (spread / own));
        const index = indexFor(shape);
        return [
          {
            kind: 'slow-query',
            title: `A statement of ${system || 'the database'} takes ${Math.round(own)} ms`,
            stage: stageOfResource('', stageMost(group)),
            evidence: [
              `${group.length} times: ${shape.slice(0, 200)}`,
              `Median ${own.toFixed(0)} ms against ${usual.toFixed(1)} ms of the other statements.`,
            ],
            savingMs: saving,
            confidence:
              index === undefined ? ('low' as const) : others.length >= 2 ? ('high' as const) : ('medium' as const),
            change: index ?? `Look at its plan: EXPLAIN ANALYZE ${shape.slice(0, 160)}`,
            traceIds: traceIdsOf([...group].sort((a, b) => b.durationMs - a.durationMs)),
            sessions: [],
          },
        ];
      });
    }),
});

/** The statement with its values taken out, so that equal ones count together. */
export function shapeOf(statement: string): string {
  return statement
    .replace(/'(?:[^']|'')*'/g, '?')
    .replace(/\$\d+|:\w+|@\w+/g, '?')
    .replace(/\b\d+(\.\d+)?\b/g, '?')
    .replace(/\(\s*\?(\s*,\s*\?)+\s*\)/g, '(?)')
    .replace(/\s+/g, ' ')
    .trim();
}

/** The index that a filter and its order want; undefined where the text does not tell. */
function indexFor(shape: string): string | undefined {
  const table = /\b(?:from|update)\s+["`]?([\w.]+)["`]?/i.exec(shape)?.[1];
  const where = /\bwhere\s+(.*?)(?:\bgroup by\b|\border by\b|\blimit\b|$)/i.exec(shape)?.[1];
  if (table === undefined || where === undefined) return undefined;
  const filtered = [...where.matchAll(/["`]?(\w+)["`]?\s*(=|<=|>=|<|>|\bin\b|\blike\b|\bbetween\b)/gi)];
  const equal = filtered.filter(([, , operator]) => operator === '=' || /^in$/i.test(operator ?? ''));
  const ranged = filtered.filter((match) => !equal.includes(match));
  const order = /\border by\s+["`]?(\w+)/i.exec(shape)?.[1];
  const columns = [
    ...new Set([
      ...equal.map(([, column]) => column ?? ''),
      ...ranged.slice(0, 1).map(([, column]) => column ?? ''),
      order ?? '',
    ]),
  ].filter((column) => column !== '' && !/^(and|or|not)$/i.test(column));
  if (columns.length === 0) return undefined;
  return `CREATE INDEX ON ${table} (${columns.join(', ')}); then EXPLAIN ANALYZE must show that it is used.`;
}

function stageMost(group: readonly StatementFacts[]): string {
  const [most] = [...groupBy(group, ({ stage }) => stage)].sort((a, b) => b[1].length - a[1].length);
  return most?.[0] ?? '';
}
