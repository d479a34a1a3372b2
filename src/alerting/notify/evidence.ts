import type { Clock, EpochMillis, Millis, Timer } from '../../base/clock';
import type { Evidence, NotifiedAlert } from './notification';

/** Answers what a message shows beyond the alerts themselves; bound by whoever has the data. */
export interface EvidenceSource {
  /** The expression over [start, end]; undefined or empty where it cannot be had. Never rejects for long: a message waits for it. */
  course(
    query: string,
    start: EpochMillis,
    end: EpochMillis,
  ): Promise<readonly { readonly t: EpochMillis; readonly value: number }[]>;
}

const HOUR = 3_600_000;
/** A message waits no longer for its chart. */
const PATIENCE: Millis = 3_000;

/** What is known about the gravest alert of a message. */
export async function gatherEvidence(
  alerts: readonly NotifiedAlert[],
  at: EpochMillis,
  externalUrl: string,
  source: EvidenceSource | undefined,
  clock: Clock,
): Promise<Evidence | undefined> {
  const lead =
    alerts.find((alert) => alert.endsAt === undefined && alert.details !== undefined) ??
    alerts.find((alert) => alert.details !== undefined);
  const details = lead?.details;
  if (details === undefined) return undefined;
  const total = (details.contributors ?? []).reduce((sum, { value }) => sum + Math.abs(value), 0);
  const contributors = (details.contributors ?? []).slice(0, 3).map(({ labels, value }) => {
    const name = Object.entries(labels)
      .filter(([key]) => key !== '__name__')
      .map(([key, text]) => `${key}=${text}`)
      .join(', ');
    const share = total === 0 ? 0 : Math.abs(value) / total;
    return { name, share, text: `${name}: ${shortNumber(value)} (${Math.round(share * 100)}% of the top)` };
  });
  const base = externalUrl.replace(/\/$/, '');
  const traces = (details.traceIds ?? [])
    .slice(0, 3)
    .map((id) => ({ title: `trace ${id.slice(0, 8)}`, url: `${base}/#/traces/${id}` }));
  const points =
    details.query === undefined || source === undefined
      ? []
      : await withPatience(source.course(details.query, at - HOUR, at), clock);
  const threshold = details.threshold === undefined ? NaN : Number.parseFloat(details.threshold);
  return {
    ...(contributors.length > 0 ? { contributors } : {}),
    ...(traces.length > 0 ? { traces } : {}),
    ...(points.length > 1
      ? {
          chart: {
            title: details.query ?? '',
            points,
            ...(Number.isFinite(threshold) && isPlain(details.threshold) ? { threshold } : {}),
          },
        }
      : {}),
  };
}

/** A threshold with a unit is not in the unit of the expression. */
function isPlain(text: string | undefined): boolean {
  return text !== undefined && /^-?\d+(\.\d+)?$/.test(text);
}

function shortNumber(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
}

async function withPatience<T>(work: Promise<readonly T[]>, clock: Clock): Promise<readonly T[]> {
  let timer: Timer | undefined;
  const late = new Promise<readonly T[]>((resolve) => (timer = clock.schedule(PATIENCE, () => resolve([]))));
  return Promise.race([work.catch(() => []), late]).finally(() => timer?.cancel());
}
