import { z } from 'zod';
import { systemClock } from '../../base/clock';
import type { Clock, EpochMillis, Millis } from '../../base/clock';
import { parseDuration } from '../../base/duration';
import { BadInputError, CodedError } from '../../base/errors';
import { EXIT, defineCommand } from '../command';
import type { CommandEnvironment, ExitCode } from '../command';
import { askStack, StackUnreachableError } from '../ask-stack';
import { renderPlot } from '../render/plot';
import { renderTable } from '../render/table';

/** The stack refused the query; the message is its own. */
export class QueryRefusedError extends CodedError {
  readonly code = 'QUERY_REFUSED';
}

interface QueryFlags {
  readonly range?: string;
  readonly step?: string;
  readonly time?: string;
  readonly json?: boolean;
  readonly plot: boolean;
}

const point = z.tuple([z.number(), z.string()]);
const histogramPoint = z.tuple([z.number(), z.looseObject({ count: z.string(), sum: z.string() })]);
const metric = z.record(z.string(), z.string());
const answer = z.object({
  data: z.discriminatedUnion('resultType', [
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ metric, value: point.optional(), histogram: histogramPoint.optional() })),
    }),
    z.object({
      resultType: z.literal('matrix'),
      result: z.array(
        z.object({ metric, values: z.array(point).default([]), histograms: z.array(histogramPoint).default([]) }),
      ),
    }),
    z.object({ resultType: z.literal('scalar'), result: point }),
    z.object({ resultType: z.literal('string'), result: point }),
  ]),
  warnings: z.array(z.string()).default([]),
  infos: z.array(z.string()).default([]),
});
const refusal = z.object({ error: z.string() });

type Answer = z.output<typeof answer>;

/** Points across a range unless a step is given. */
const DEFAULT_POINTS = 240;

/** `telltale query`: asks the running stack in PromQL. */
export const query = defineCommand({
  name: 'query',
  doc: 'asks the running stack a PromQL question',
  example: "telltale query 'sum by (model) (rate(llm_tokens_total[5m]))' --range 1h",
  build: (verb, wrap) => {
    verb
      .argument('<expr>', 'a PromQL expression')
      .option('--range <duration>', 'over this long until now (or --time) instead of at one instant')
      .option('--step <duration>', 'spacing of the points of a range')
      .option('--time <time>', 'Unix seconds or RFC 3339; now unless given')
      .option('--json', "print the answer as the Prometheus API's JSON")
      .option('--no-plot', 'a range as a table instead of plots')
      .action(wrap((environment, expr: string, flags: QueryFlags) => runQuery(environment, expr, flags, systemClock)));
  },
});

/** Runs one query and prints what came back. @throws BadInputError, StackUnreachableError, QueryRefusedError */
export async function runQuery(
  environment: CommandEnvironment,
  expr: string,
  flags: QueryFlags,
  clock: Pick<Clock, 'now'>,
): Promise<ExitCode> {
  const at = flags.time === undefined ? clock.now() : readTime(flags.time);
  const params = new URLSearchParams({ query: expr });
  let path = 'query';
  if (flags.range === undefined) {
    params.set('time', String(at / 1000));
  } else {
    const range = parseDuration(flags.range);
    path = 'query_range';
    params.set('start', String((at - range) / 1000));
    params.set('end', String(at / 1000));
    params.set('step', String(stepOf(flags, range) / 1000));
  }
  const text = await ask(environment, path, params);
  if (flags.json === true) {
    environment.out(`${text}\n`);
    return EXIT.ok;
  }
  const parsed = answer.safeParse(JSON.parse(text));
  if (!parsed.success) throw new StackUnreachableError(`${environment.stackUrl} does not answer as a Telltale stack`);
  print(environment, parsed.data, flags);
  return EXIT.ok;
}

function readTime(text: string): EpochMillis {
  const at = /^-?\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(at)) throw new BadInputError(`"${text}" is not a time; write Unix seconds or RFC 3339`);
  return at;
}

function stepOf(flags: QueryFlags, range: Millis): Millis {
  if (flags.step !== undefined) return parseDuration(flags.step);
  return Math.max(1000, Math.ceil(range / DEFAULT_POINTS / 1000) * 1000);
}

async function ask(environment: CommandEnvironment, path: string, params: URLSearchParams): Promise<string> {
  const response = await askStack(environment.stackUrl, `/api/v1/${path}`, {
    method: 'POST',
    body: params,
    signal: environment.signal,
  });
  const text = await response.text();
  if (response.ok) return text;
  throw new QueryRefusedError(errorIn(text) ?? `the stack answered ${response.status}`);
}

function errorIn(text: string): string | undefined {
  try {
    const parsed = refusal.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data.error : undefined;
  } catch {
    return undefined;
  }
}

function print(environment: CommandEnvironment, { data, warnings, infos }: Answer, flags: QueryFlags): void {
  for (const note of [...warnings, ...infos]) environment.err(`${note}\n`);
  if (data.resultType === 'scalar' || data.resultType === 'string') {
    environment.out(`${data.result[1]}\n`);
    return;
  }
  if (data.result.length === 0) {
    environment.out('no data\n');
    return;
  }
  if (data.resultType === 'vector') {
    const rows = data.result.map((sample) => ({
      series: seriesText(sample.metric),
      value: sample.value?.[1] ?? histogramSummary(sample.histogram?.[1]),
    }));
    environment.out(
      renderTable(
        [
          { title: 'series', cell: (row) => row.series },
          { title: 'value', cell: (row) => row.value, align: 'right' },
        ],
        rows,
      ),
    );
    return;
  }
  for (const series of data.result) {
    const points = series.values.map(([seconds, value]) => ({ t: seconds * 1000, value: toNumber(value) }));
    if (flags.plot && flags.range !== undefined && points.length > 0) {
      environment.out(`${seriesText(series.metric)}\n${renderPlot(points, environment.columns)}\n`);
      continue;
    }
    environment.out(`${seriesText(series.metric)}\n`);
    for (const [seconds, value] of series.values) environment.out(`  ${instantText(seconds)}  ${value}\n`);
    for (const [seconds, histogram] of series.histograms) {
      environment.out(`  ${instantText(seconds)}  ${histogramSummary(histogram)}\n`);
    }
  }
}

function toNumber(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text);
}

function instantText(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

function histogramSummary(histogram: { readonly count: string; readonly sum: string } | undefined): string {
  return histogram === undefined ? '' : `histogram, count ${histogram.count}, sum ${histogram.sum}`;
}

/** A label set as PromQL writes it. */
function seriesText({ __name__: name = '', ...labels }: Readonly<Record<string, string>>): string {
  const inner = Object.entries(labels).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  return inner.length === 0 && name !== '' ? name : `${name}{${inner.join(', ')}}`;
}
