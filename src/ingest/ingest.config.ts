import { z } from 'zod';
import { duration } from '../base/duration';
import { secret } from '../base/secret';
import { forwardConfig } from './forward/forward.config';

/** The `otlp:` section of the configuration file: how telemetry comes in and what is done with it. */
export const ingestConfig = z.strictObject({
  /** False: OTLP is taken on the main port only. */
  ports: z.boolean().default(true),
  /** The address of both ports; default: the server's. */
  host: z.string().optional(),
  /** OTLP/HTTP. 0 takes any free port. */
  httpPort: z.number().int().min(0).max(65_535).default(4318),
  /** OTLP/gRPC. 0 takes any free port. */
  grpcPort: z.number().int().min(0).max(65_535).default(4317),
  /** Largest request, decompressed, in bytes. */
  maxBodyBytes: z.number().int().positive().default(20_971_520),
  /** Requests being received or worked on, in bytes; beyond it clients are asked to come back later. */
  maxInFlightBytes: z.number().int().positive().default(134_217_728),
  /** A span or log record with more attributes is refused, the rest of its request is taken. */
  maxAttributes: z.number().int().positive().default(1000),
  /** A span or log record with more bytes is refused, the rest of its request is taken. */
  maxRecordBytes: z.number().int().positive().default(4_194_304),
  /** Browsers of these origins may send; `*` means any. Empty: none. */
  corsOrigins: z.array(z.string()).default([]),
  /** Who may send; nothing set means anyone who reaches the port. */
  auth: z
    .strictObject({
      /** Tokens of `Authorization: Bearer`. */
      bearer: z.array(secret).default([]),
      /** Users of `Authorization: Basic`. */
      basic: z.array(z.strictObject({ user: z.string(), password: secret })).default([]),
    })
    .prefault({}),
  /** Encryption of the two OTLP ports; files in PEM. */
  tls: z
    .strictObject({
      certFile: z.string(),
      keyFile: z.string(),
      /** Clients must show a certificate of this authority. */
      clientCaFile: z.string().optional(),
    })
    .optional(),
  /** A request seen again within this time is a client's second attempt, and is answered as the first was. 0: never. */
  resendWindow: duration.default(600_000),
  /** Other OTLP receivers that get what is stored here, after redaction: a Collector, Jaeger, a vendor. */
  forward: z.array(forwardConfig).default([]),
  /** Calls, errors and durations of spans as metrics. */
  spanMetrics: z
    .strictObject({
      enabled: z.boolean().default(true),
      /** Upper bounds of the duration histogram, in seconds. */
      buckets: z
        .array(z.number().positive())
        .default([0.002, 0.004, 0.006, 0.008, 0.01, 0.05, 0.1, 0.2, 0.4, 0.8, 1, 1.4, 2, 5, 10, 15, 30, 60]),
      /** Label sets kept; further ones are counted under the operation `other`, beyond twice as many under the service `other`. */
      maxSeries: z.number().int().positive().default(5000),
      /** Time between two samples of the metrics. */
      interval: duration.default(5000),
    })
    .prefault({}),
  /** What is taken out of telemetry before it is stored. */
  redaction: z
    .strictObject({
      /** Prompts, responses, tool arguments and results: `drop` removes them, `keep` stores them. */
      content: z.enum(['drop', 'keep']).default('drop'),
      /** Look for credentials in all texts and mask them. */
      secrets: z.boolean().default(true),
      /** E-mail addresses and account ids of users: `pseudonym` replaces them by a name that is stable in this data folder. */
      identities: z.enum(['pseudonym', 'keep', 'drop']).default('pseudonym'),
      /** Further attribute keys to remove; `*` stands for any characters. */
      dropKeys: z.array(z.string()).default([]),
      /** Attribute keys whose value is masked; `*` stands for any characters. */
      maskKeys: z.array(z.string()).default([]),
      /** Regular expressions (RE2); what matches is masked, in every text. */
      maskPatterns: z.array(z.string()).default([]),
      /** Attribute keys that no rule touches. */
      keepKeys: z.array(z.string()).default([]),
    })
    .prefault({}),
});
export type IngestConfig = z.output<typeof ingestConfig>;

/** The part about redaction. */
export type RedactionConfig = IngestConfig['redaction'];

/** The part about span metrics. */
export type SpanMetricsConfig = IngestConfig['spanMetrics'];
