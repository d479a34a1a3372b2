import { z } from 'zod';
import { duration } from '../../base/duration';
import { secret } from '../../base/secret';

/** One entry of `otlp.forward`: where received telemetry goes as well. */
export const forwardConfig = z.strictObject({
  /** Base address of an OTLP/HTTP receiver; `/v1/traces` and so on are appended. */
  endpoint: z.url(),
  /** Which signals go there. */
  signals: z.array(z.enum(['traces', 'metrics', 'logs'])).default(['traces', 'metrics', 'logs']),
  /** Headers of each request, for an API key say. */
  headers: z.record(z.string(), secret).default({}),
  /** How bodies are compressed. */
  compression: z.enum(['gzip', 'none']).default('gzip'),
  /** Requests waiting on disk to be sent, in bytes; beyond it the oldest are dropped and counted. */
  queueBytes: z.number().int().positive().default(268_435_456),
  /** How long one attempt may take. */
  timeout: duration.default(10_000),
  /** A request that could not be delivered for so long is dropped and counted. */
  giveUpAfter: duration.default(86_400_000),
});
export type ForwardConfig = z.output<typeof forwardConfig>;
