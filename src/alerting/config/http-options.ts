import { z } from 'zod';
import { secret } from '../../base/secret';
import { atMostOne, isGiven } from './exclusive';

const tls = z.strictObject({
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

/** TLS of a client, in Prometheus' notation. */
export const tlsOptions = tls.superRefine((given, context) => {
  const [cert, key] = [isGiven(given.cert ?? given.cert_file), isGiven(given.key ?? given.key_file)];
  const faults = [
    atMostOne(given, 'ca', 'ca_file'),
    atMostOne(given, 'cert', 'cert_file'),
    atMostOne(given, 'key', 'key_file'),
    cert && !key
      ? 'exactly one of key or key_file must be configured when a client certificate is configured'
      : undefined,
    key && !cert ? 'exactly one of cert or cert_file must be configured when a client key is configured' : undefined,
  ];
  for (const message of faults) if (message !== undefined) context.addIssue({ code: 'custom', message });
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

const options = z.strictObject({
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
  /** Whether HTTP_PROXY, HTTPS_PROXY and NO_PROXY say which proxy to go through. */
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

/** Headers that the client itself, or another setting, writes. */
const RESERVED_HEADERS = new Set([
  'authorization',
  'host',
  'content-encoding',
  'content-length',
  'content-type',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-remote-write-version',
  'x-prometheus-remote-read-version',
  'x-prometheus-scrape-timeout-seconds',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
]);

/** How a channel speaks HTTP, in Prometheus' notation (`http_config`). */
export const httpOptions = options.superRefine((given, context) => {
  for (const message of [...authorizationFaults(given), ...proxyFaults(given)]) {
    context.addIssue({ code: 'custom', message });
  }
  for (const name of Object.keys(given.http_headers ?? {})) {
    if (RESERVED_HEADERS.has(name.toLowerCase()))
      context.addIssue({
        code: 'custom',
        path: ['http_headers', name],
        message: `setting header "${name}" is not allowed`,
      });
  }
});

function* authorizationFaults(given: z.output<typeof options>): Generator<string> {
  const { authorization, basic_auth: basic, oauth2 } = given;
  const bearer = isGiven(given.bearer_token) || isGiven(given.bearer_token_file);
  const pairs = [
    atMostOne(given, 'bearer_token', 'bearer_token_file'),
    atMostOne(basic ?? {}, 'username', 'username_file'),
    atMostOne(basic ?? {}, 'password', 'password_file'),
    atMostOne(authorization ?? {}, 'credentials', 'credentials_file'),
    atMostOne(oauth2 ?? {}, 'client_secret', 'client_secret_file'),
  ];
  for (const fault of pairs) if (fault !== undefined) yield fault;
  if ((basic !== undefined || oauth2 !== undefined) && bearer)
    yield 'at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured';
  if (authorization !== undefined && bearer)
    yield 'authorization is not compatible with bearer_token & bearer_token_file';
  if (authorization?.type.toLowerCase() === 'basic')
    yield 'authorization type cannot be set to "basic", use "basic_auth" instead';
  if ([authorization, basic, oauth2].filter((one) => one !== undefined).length > 1)
    yield 'at most one of basic_auth, oauth2 & authorization must be configured';
  if (oauth2?.client_id === '') yield 'oauth2 client_id must be configured';
  if (oauth2?.token_url === '') yield 'oauth2 token_url must be configured';
}

function* proxyFaults(given: z.output<typeof options>): Generator<string> {
  const proxy = isGiven(given.proxy_url);
  const environment = given.proxy_from_environment === true;
  if (given.proxy_connect_header !== undefined && !proxy && !environment)
    yield 'if proxy_connect_header is configured, proxy_url or proxy_from_environment must also be configured';
  if (environment && proxy) yield 'if proxy_from_environment is configured, proxy_url must not be configured';
  if (isGiven(given.no_proxy) && environment)
    yield 'if proxy_from_environment is configured, no_proxy must not be configured';
  else if (isGiven(given.no_proxy) && !proxy) yield 'if no_proxy is configured, proxy_url must also be configured';
}

/** The checked HTTP options of a channel. */
export type HttpOptions = z.output<typeof httpOptions>;
