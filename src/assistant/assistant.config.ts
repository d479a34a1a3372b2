import { z } from 'zod';
import { secret } from '../base/secret';

/** Which model provider answers. */
const provider = z.discriminatedUnion('kind', [
  z.strictObject({
    /** Needs no network; deterministic. */
    kind: z.literal('simulated'),
    /** Equal seeds give equal answers. */
    seed: z.int().default(1),
    /** Divides all waits of the simulated model. */
    speed: z.number().positive().default(1),
  }),
  z.strictObject({
    kind: z.literal('anthropic'),
    apiKey: secret,
    baseUrl: z.url().optional(),
    /** Models that may be asked for; the first is preferred. */
    models: z.array(z.string().min(1)).min(1).default(['claude-sonnet-4-5', 'claude-haiku-4-5']),
  }),
  z.strictObject({
    kind: z.literal('openai-compatible'),
    /** Up to and without `/chat/completions`. */
    baseUrl: z.url(),
    apiKey: secret.optional(),
    models: z.array(z.string().min(1)).min(1),
    /** The `gen_ai.provider.name` on spans. */
    providerName: z.string().min(1).default('openai'),
  }),
]);

/** Where conversations are kept. */
const store = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('embedded'),
    /** The database file; a temporary one, removed at the end, without it. */
    file: z.string().min(1).optional(),
  }),
  z.strictObject({
    kind: z.literal('postgres'),
    /** A connection string. */
    url: secret,
    /** Connection strings of read replicas. */
    replicas: z.array(secret).default([]),
  }),
]);

/** Settings of the reference assistant. */
export const assistantConfig = z.strictObject({
  /** Address to bind. */
  host: z.string().default('127.0.0.1'),
  /** 0 takes any free port. */
  port: z.int().min(0).max(65_535).default(0),
  /** The folder that the tools work on, through a scratch copy; a small sample project without it. */
  workspace: z.string().min(1).optional(),
  /** Which model provider answers; the demo always takes the simulated one. */
  provider: provider.default({ kind: 'simulated', seed: 1, speed: 1 }),
  /** Where conversations and the rows of model calls are kept: a file of its own, or PostgreSQL. */
  store: store.default({ kind: 'embedded' }),
  /** A Redis server for the cache's second tier; memory alone without it. */
  redisUrl: secret.optional(),
  /** Model calls at once; more wait their turn. */
  modelConcurrency: z.int().min(1).default(16),
  /** How long a chat waits for a connection of the store, in ms. */
  storeTimeout: z.number().positive().default(2_000),
});
export type AssistantConfig = z.output<typeof assistantConfig>;
