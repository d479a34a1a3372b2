import { z } from 'zod';
import { CodedError } from '../../../base/errors';

/** The stack gave an answer that the demo cannot use. */
export class UnexpectedAnswerError extends CodedError {
  readonly code = 'UNEXPECTED_ANSWER';
}

const vector = z.object({
  data: z.object({
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
  }),
});
const alerts = z.object({
  data: z.object({
    alerts: z.array(
      z.object({
        labels: z.record(z.string(), z.string()),
        state: z.string(),
        activeAt: z.string(),
        value: z.string(),
      }),
    ),
  }),
});
const tag = z.object({ key: z.string(), value: z.union([z.string(), z.number(), z.boolean()]) });
const traces = z.object({
  data: z.array(
    z.object({
      traceID: z.string(),
      spans: z.array(
        z.object({
          spanID: z.string(),
          operationName: z.string(),
          references: z.array(z.object({ refType: z.string(), spanID: z.string() })),
          startTime: z.number(),
          duration: z.number(),
          tags: z.array(tag),
        }),
      ),
    }),
  ),
});
export type StackTrace = z.output<typeof traces>['data'][number];
export type StackAlert = z.output<typeof alerts>['data']['alerts'][number];

/** Asks the running stack over its public HTTP APIs, as anyone could. */
export class StackClient {
  constructor(private readonly url: string) {}

  /** The first value of an instant query; undefined when it returns nothing. */
  async value(expr: string): Promise<number | undefined> {
    const answer = vector.parse(await this.get(`/api/v1/query?query=${encodeURIComponent(expr)}`));
    const text = answer.data.result[0]?.value[1];
    return text === undefined ? undefined : Number(text);
  }

  async alerts(): Promise<StackAlert[]> {
    return alerts.parse(await this.get('/api/v1/alerts')).data.alerts;
  }

  /** Undefined when the trace is not there (yet). */
  async trace(id: string): Promise<StackTrace | undefined> {
    const response = await fetch(`${this.url}/api/traces/${id}`);
    return response.ok ? traces.parse(await response.json()).data[0] : undefined;
  }

  /** @throws UnexpectedAnswerError */
  private async get(path: string): Promise<unknown> {
    const response = await fetch(this.url + path);
    if (!response.ok)
      throw new UnexpectedAnswerError(
        `GET ${path} answered ${response.status}: ${(await response.text()).slice(0, 300)}`,
      );
    return response.json();
  }
}
