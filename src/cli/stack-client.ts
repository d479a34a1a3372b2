import { messageOf } from '../base/errors';
import { Labels } from '../domain/labels';
import { askStack, StackUnreachableError } from './ask-stack';
import type { HistoryRow, HistoryWindow, GroupStatus } from '../rules';

/** So many points per series a range query may ask for at once. */
const MAX_POINTS = 10_000;

/** A rule's status as it comes over HTTP: labels of alerts are plain records. */
export type WireGroup = Omit<GroupStatus, 'rules'> & { readonly rules: readonly WireRule[] };

/** What of a rule's status the command line reads. */
export interface WireRule {
  readonly type: 'alerting' | 'recording';
  readonly name: string;
  readonly query: string;
  readonly file: string;
  readonly line: number;
  readonly kind?: string;
  readonly explanation: string;
  readonly threshold?: string;
  readonly measured?: string;
  readonly health: string;
  readonly lastError?: string;
  readonly state?: string;
  readonly holdFor?: number;
  readonly keepFiringFor?: number;
  readonly alerts?: readonly {
    readonly state: string;
    readonly activeAt: number;
    readonly value: number;
    readonly labels: unknown;
  }[];
}

/** Asks a running stack, or any server with Prometheus' API. */
export class StackClient {
  constructor(
    private readonly baseUrl: string,
    private readonly signal: AbortSignal,
  ) {}

  async rules(): Promise<readonly WireGroup[]> {
    const body = await this.json('/api/stack/rules');
    if (typeof body !== 'object' || body === null || !('groups' in body) || !Array.isArray(body.groups)) {
      throw new StackUnreachableError(`${this.baseUrl} does not tell its rules`);
    }
    return body.groups;
  }

  /** The results of an expression now. */
  async instant(expr: string): Promise<{ labels: Labels; value: number }[]> {
    const data = await this.query('/api/v1/query', { query: expr });
    return data.map(({ metric, value }) => ({ labels: Labels.of(metric), value: Number(value?.[1]) }));
  }

  /** The results of an expression over a window, asked for in parts. */
  async range(expr: string, window: HistoryWindow): Promise<HistoryRow[]> {
    const rows = new Map<string, { labels: Labels; values: Map<number, number> }>();
    for (let from = window.start; from <= window.end; from += MAX_POINTS * window.step) {
      const to = Math.min(window.end, from + (MAX_POINTS - 1) * window.step);
      const parameters = {
        query: expr,
        start: String(from / 1000),
        end: String(to / 1000),
        step: String(window.step / 1000),
      };
      for (const { metric, values } of await this.query('/api/v1/query_range', parameters)) {
        const labels = Labels.of(metric).without('__name__');
        const row = rows.get(labels.key) ?? { labels, values: new Map<number, number>() };
        for (const [t, value] of values ?? []) row.values.set(Math.round(t * 1000), Number(value));
        rows.set(labels.key, row);
      }
    }
    return [...rows.values()];
  }

  private async query(path: string, parameters: Readonly<Record<string, string>>): Promise<WireSeries[]> {
    const body = await this.json(path, new URLSearchParams(parameters));
    if (isAnswer(body)) return body.data.result;
    throw new StackUnreachableError(`${this.baseUrl}${path} gave no result: ${JSON.stringify(body).slice(0, 300)}`);
  }

  private async json(path: string, form?: URLSearchParams): Promise<unknown> {
    const response = await askStack(this.baseUrl, path, {
      signal: this.signal,
      ...(form === undefined ? {} : { method: 'POST', body: form }),
    });
    try {
      const text = await response.text();
      if (!response.ok && !text.startsWith('{')) throw new Error(`status ${response.status}: ${text.slice(0, 200)}`);
      return JSON.parse(text);
    } catch (error) {
      throw new StackUnreachableError(
        `${this.baseUrl}${path} does not answer as a Telltale stack: ${messageOf(error)}`,
        { cause: error },
      );
    }
  }
}

interface WireSeries {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: readonly [number, string];
  readonly values?: readonly (readonly [number, string])[];
}

function isAnswer(body: unknown): body is { readonly data: { readonly result: WireSeries[] } } {
  return (
    typeof body === 'object' &&
    body !== null &&
    'data' in body &&
    typeof body.data === 'object' &&
    body.data !== null &&
    'result' in body.data &&
    Array.isArray(body.data.result)
  );
}
