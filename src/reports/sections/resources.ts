import type { PeriodFacts } from '../facts';
import { durationText } from '../render/format';
import type { ReportLine, ReportSection } from '../report';
import { relationOf } from '../statistics/correlation';
import { falseDiscovery } from '../statistics/false-discovery';
import { table } from './group';

/** Weaker relations are no explanation. */
const LEAST_STRENGTH = 0.35;
const FALSE_SHARE = 0.01;

/** Which resource moved with which stage's latency, and how much earlier. */
export function resourcesSection({ latencies, resources }: PeriodFacts): ReportSection {
  const pairs = resources.flatMap((resource) => latencies.map((latency) => ({ resource, latency })));
  const found = pairs.flatMap(({ resource, latency }) => {
    const values = new Map(latency.points.map(({ t, value }) => [t, value]));
    const shared = resource.points.filter(({ t }) => values.has(t));
    const relation = relationOf(
      shared.map(({ t }) => t),
      shared.map(({ value }) => value),
      shared.map(({ t }) => values.get(t) ?? NaN),
    );
    return relation === undefined ? [] : [{ resource, latency, ...relation }];
  });
  const adjusted = falseDiscovery(found.map(({ p }) => p));
  const told = found
    .map((relation, index) => ({ ...relation, p: adjusted[index] ?? 1 }))
    .filter(({ p, strength }) => p <= FALSE_SHARE && Math.abs(strength) >= LEAST_STRENGTH)
    .sort((a, b) => Math.abs(b.strength) - Math.abs(a.strength));
  return {
    id: 'resources',
    title: 'Resources and latency',
    notes: [
      ...(found.length === 0
        ? ['No resource was recorded long enough beside latencies.']
        : told.length === 0
          ? [`None of ${found.length} pairs of a resource and a stage moved together beyond trend and time of day.`]
          : [
              `${told.length} of ${found.length} pairs moved together beyond trend and time of day; that is no proof of cause.`,
            ]),
    ],
    tables:
      told.length === 0
        ? []
        : [
            table(
              'Moved together',
              [
                ['resource', 'Resource', 'text'],
                ['stage', 'Stage', 'text'],
                ['strength', 'Strength', 'count'],
                ['lag', 'Which first', 'text'],
                ['p', 'Chance of a coincidence', 'ratio'],
              ],
              told.map(({ resource, latency, strength, lag, p }) => [
                resource.name,
                latency.name,
                Math.round(strength * 100) / 100,
                lagText(resource, lag),
                p,
              ]),
            ),
          ],
    charts: [],
  };
}

function lagText({ points }: ReportLine, lag: number): string {
  const step = (points[1]?.t ?? 0) - (points[0]?.t ?? 0);
  if (lag === 0) return 'together';
  return `${lag > 0 ? 'the resource' : 'the latency'}, by ${durationText(Math.abs(lag) * step)}`;
}
