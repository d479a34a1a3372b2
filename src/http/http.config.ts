import { z } from 'zod';

/** The `server:` section of the configuration file. */
export const serverConfig = z.strictObject({
  /** The address that all ports bind to. */
  host: z.string().default('127.0.0.1'),
  /** Web UI, HTTP APIs, `/metrics`, OTLP/HTTP. 0 takes any free port. */
  port: z.number().int().min(0).max(65_535).default(4319),
  /** The address people reach us at; used in links of notifications. Default: http://localhost:PORT. */
  externalUrl: z.url().optional(),
  /** Largest body of an API request, in bytes; OTLP and remote write have limits of their own. */
  maxBodyBytes: z.number().int().positive().default(10_485_760),
  /** Serves `/api/v1/admin/tsdb`, which deletes samples and copies the store of series. */
  adminApi: z.boolean().default(false),
});
export type ServerConfig = z.output<typeof serverConfig>;
