import { z } from 'zod';
import { secret } from '../../base/secret';

/** TLS of a client, in Prometheus' notation. */
export const tlsOptions = z.strictObject({
  /** Authorities to trust instead of the system's, as PEM text. */
  ca: z.string().optional(),
  /** The same, from a file. */
  ca_file: z.string().optional(),
  /** Our certificate, as PEM text. */
  cert: z.string().optional(),
  /** The same, from a file. */
  cert_file: z.string().optional(),
  /** Our key, as PEM text. */
  key: secret.optional(),
  /** The same, from a file. */
  key_file: z.string().optional(),
  /** The name the other side must prove, where it differs from the host. */
  server_name: z.string().optional(),
  /** Do not verify the other side. */
  insecure_skip_verify: z.boolean().default(false),
  /** The oldest version to speak. */
  min_version: z.enum(['TLS10', 'TLS11', 'TLS12', 'TLS13']).optional(),
  /** The newest version to speak. */
  max_version: z.enum(['TLS10', 'TLS11', 'TLS12', 'TLS13']).optional(),
});

/** The checked TLS options of a client. */
export type TlsOptions = z.output<typeof tlsOptions>;

const authorization = z.strictObject({
  /** The scheme. */
  type: z.string().default('Bearer'),
  /** What follows it. */
  credentials: secret.optional(),
  /** The same, from a file. */
  credentials_file: z.string().optional(),
});

/** How a channel speaks HTTP, in Prometheus' notation (`http_config`). */
export const httpOptions = z.strictObject({
  /** `Authorization` with a token. */
  authorization: authorization.optional(),
  /** `Authorization` with name and password. */
  basic_auth: z
    .strictObject({
      username: z.string().optional(),
      username_file: z.string().optional(),
      password: secret.optional(),
      password_file: z.string().optional(),
    })
    .optional(),
  /** The client-credentials flow. */
  oauth2: z
    .strictObject({
      client_id: z.string(),
      client_secret: secret.optional(),
      client_secret_file: z.string().optional(),
      token_url: z.string(),
      scopes: z.array(z.string()).default([]),
      endpoint_params: z.record(z.string(), z.string()).default({}),
      tls_config: tlsOptions.optional(),
      proxy_url: z.string().optional(),
      no_proxy: z.string().optional(),
      proxy_from_environment: z.boolean().optional(),
    })
    .optional(),
  /** The older spelling of `authorization`. */
  bearer_token: secret.optional(),
  /** The older spelling of `authorization`. */
  bearer_token_file: z.string().optional(),
  /** Whether to follow redirects. */
  follow_redirects: z.boolean().default(true),
  /** Accepted; deliveries use HTTP/1.1. */
  enable_http2: z.boolean().default(true),
  /** The proxy to go through. */
  proxy_url: z.string().optional(),
  /** Hosts that are reached without the proxy, comma-separated. */
  no_proxy: z.string().optional(),
  /** Accepted; the environment is not consulted. */
  proxy_from_environment: z.boolean().optional(),
  /** Headers for the proxy itself. */
  proxy_connect_header: z.record(z.string(), z.array(z.string())).optional(),
  /** TLS towards the receiver. */
  tls_config: tlsOptions.optional(),
  /** Headers to add. */
  http_headers: z
    .record(
      z.string(),
      z.strictObject({
        values: z.array(z.string()).default([]),
        secrets: z.array(secret).default([]),
        files: z.array(z.string()).default([]),
      }),
    )
    .optional(),
});

/** The checked HTTP options of a channel. */
export type HttpOptions = z.output<typeof httpOptions>;
