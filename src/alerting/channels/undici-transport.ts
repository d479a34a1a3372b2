import { lookup } from 'node:dns';
import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { Agent, EnvHttpProxyAgent, request as undiciRequest } from 'undici';
import type { Dispatcher } from 'undici';
import type { HttpOptions, TlsOptions } from '../config/http-options';
import { ForbiddenAddressError } from '../errors';
import { forbiddenReason } from './address-guard';
import type { ChannelEnvironment } from './channel';
import type { Credentials } from './credentials';
import type { HttpRequest, HttpResponse, HttpTransport } from './http';

const MAX_BODY = 65_536;
const MAX_REDIRECTS = 10;
const TLS_VERSIONS = { TLS10: 'TLSv1', TLS11: 'TLSv1.1', TLS12: 'TLSv1.2', TLS13: 'TLSv1.3' } as const;

/** Deliveries over undici: keep-alive pools per channel, TLS and proxy options, and the address guard on every connection. */
export class UndiciTransport {
  private readonly agents = new Map<HttpOptions | undefined, Dispatcher>();
  private readonly tokens = new Map<HttpOptions, { token: string; until: number }>();

  /**
   * @param allowed host names and addresses that the guard lets through.
   * @param elapsed a monotonic clock, for tokens that expire.
   * @param environment says which proxy to use where `proxy_from_environment` asks for it.
   */
  constructor(
    private readonly credentials: Credentials,
    private readonly allowed: readonly string[],
    private readonly elapsed: () => number,
    private readonly environment: ChannelEnvironment = {},
  ) {}

  readonly send: HttpTransport = async (request) => {
    let url = new URL(request.url);
    let { method, body } = request;
    for (let hop = 0; ; hop++) {
      this.guard(url.hostname);
      const response = await undiciRequest(url, {
        method,
        headers: { ...request.headers, ...(await this.headers(request)) },
        ...(body === undefined ? {} : { body }),
        signal: request.signal,
        dispatcher: this.agentFor(request.options),
      });
      const location = headerOf(response.headers['location']);
      const follow = request.options?.follow_redirects !== false && location !== undefined && hop < MAX_REDIRECTS;
      if (!follow || ![301, 302, 303, 307, 308].includes(response.statusCode)) return readResponse(response);
      await response.body.dump();
      url = new URL(location, url);
      if (response.statusCode < 307 && method !== 'GET') {
        method = 'GET';
        body = undefined;
      }
    }
  };

  async close(): Promise<void> {
    const agents = [...this.agents.values()];
    this.agents.clear();
    await Promise.all(agents.map((agent) => agent.destroy().catch(() => undefined)));
  }

  private guard(host: string): void {
    const bare = host.replace(/^\[|\]$/g, '');
    const reason = this.allowed.includes(bare) ? undefined : forbiddenReason(bare);
    if (reason !== undefined) throw forbidden(bare, reason);
  }

  private agentFor(options: HttpOptions | undefined): Dispatcher {
    let agent = this.agents.get(options);
    if (agent === undefined) {
      agent = this.buildAgent(options);
      this.agents.set(options, agent);
    }
    return agent;
  }

  /** The guard looks at what a proxy is asked for by name; where that name leads is the proxy's to decide. */
  private buildAgent(options: HttpOptions | undefined): Dispatcher {
    const tls = this.tlsOf(options?.tls_config);
    const connect = { ...tls, lookup: this.lookup, timeout: 10_000 };
    const pool = { connect, connections: 128, pipelining: 1 };
    const proxy = options?.proxy_url;
    const named = proxy !== undefined && proxy !== '';
    if (!named && options?.proxy_from_environment !== true) return new Agent(pool);
    return new EnvHttpProxyAgent({
      ...pool,
      requestTls: tls,
      headers: flatten(options?.proxy_connect_header),
      ...(named ? { httpProxy: proxy, httpsProxy: proxy, noProxy: options?.no_proxy ?? '' } : this.ambientProxies()),
    });
  }

  private ambientProxies(): { httpProxy: string; httpsProxy: string; noProxy: string } {
    const read = (name: string): string => this.environment[name.toLowerCase()] ?? this.environment[name] ?? '';
    const httpProxy = read('HTTP_PROXY');
    return { httpProxy, httpsProxy: read('HTTPS_PROXY') || httpProxy, noProxy: read('NO_PROXY') };
  }

  private readonly lookup = (
    host: string,
    options: object,
    callback: (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void,
  ): void => {
    lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, []);
      if (!this.allowed.includes(host)) {
        for (const { address } of addresses) {
          const reason = this.allowed.includes(address) ? undefined : forbiddenReason(address);
          if (reason !== undefined) return callback(forbidden(host, reason), []);
        }
      }
      const first = addresses[0];
      if ('all' in options && options.all === true) callback(null, addresses);
      else callback(null, first?.address ?? '', first?.family ?? 4);
    });
  };

  private tlsOf(tls: TlsOptions | undefined): Record<string, unknown> {
    if (tls === undefined) return {};
    const read = (text: string | undefined, file: string | undefined): string | undefined =>
      text ?? (file === undefined ? undefined : this.credentials.readFile(file));
    const all: Record<string, unknown> = {
      ca: read(tls.ca, tls.ca_file),
      cert: read(tls.cert, tls.cert_file),
      key: read(tls.key?.reveal(), tls.key_file),
      servername: tls.server_name,
      rejectUnauthorized: tls.insecure_skip_verify ? false : undefined,
      minVersion: tls.min_version === undefined ? undefined : TLS_VERSIONS[tls.min_version],
      maxVersion: tls.max_version === undefined ? undefined : TLS_VERSIONS[tls.max_version],
    };
    return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
  }

  private async headers(request: HttpRequest): Promise<Record<string, string>> {
    const { options } = request;
    if (options === undefined) return {};
    const headers: Record<string, string> = {};
    for (const [name, { values, secrets, files }] of Object.entries(options.http_headers ?? {})) {
      const all = [
        ...values,
        ...secrets.map((value) => value.reveal()),
        ...files.map((file) => this.credentials.readFile(file).trim()),
      ];
      headers[name.toLowerCase()] = all.join(', ');
    }
    const authorization = await this.authorization(options, request.signal);
    return authorization === undefined ? headers : { ...headers, authorization };
  }

  private async authorization(options: HttpOptions, signal: AbortSignal): Promise<string | undefined> {
    const { authorization, basic_auth: basic, oauth2 } = options;
    if (authorization !== undefined) {
      return `${authorization.type} ${this.credentials.read(authorization.credentials, authorization.credentials_file) ?? ''}`;
    }
    if (basic !== undefined) {
      const user = basic.username ?? this.credentials.read(undefined, basic.username_file) ?? '';
      const password = this.credentials.read(basic.password, basic.password_file) ?? '';
      return `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    }
    const bearer = this.credentials.read(options.bearer_token, options.bearer_token_file);
    if (bearer !== undefined) return `Bearer ${bearer}`;
    return oauth2 === undefined ? undefined : `Bearer ${await this.token(options, oauth2, signal)}`;
  }

  private async token(
    options: HttpOptions,
    oauth2: NonNullable<HttpOptions['oauth2']>,
    signal: AbortSignal,
  ): Promise<string> {
    const known = this.tokens.get(options);
    if (known !== undefined && known.until > this.elapsed()) return known.token;
    const form = new URLSearchParams({ ...oauth2.endpoint_params, grant_type: 'client_credentials' });
    if (oauth2.scopes.length > 0) form.set('scope', oauth2.scopes.join(' '));
    const secret = this.credentials.read(oauth2.client_secret, oauth2.client_secret_file) ?? '';
    const url = new URL(oauth2.token_url);
    this.guard(url.hostname);
    const response = await undiciRequest(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(`${encodeURIComponent(oauth2.client_id)}:${encodeURIComponent(secret)}`).toString('base64')}`,
      },
      body: form.toString(),
      signal,
      dispatcher: this.agentFor(undefined),
    });
    const answer: unknown = await response.body.json();
    if (typeof answer !== 'object' || answer === null || !('access_token' in answer)) {
      throw new Error(`no token from ${url.origin}: status ${response.statusCode}`);
    }
    const seconds = 'expires_in' in answer ? Number(answer.expires_in) : 300;
    const token = String(answer.access_token);
    this.tokens.set(options, { token, until: this.elapsed() + Math.max(0, seconds - 30) * 1000 });
    return token;
  }
}

async function readResponse(response: Dispatcher.ResponseData): Promise<HttpResponse> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response.body) {
    const bytes = Buffer.from(chunk);
    if (size < MAX_BODY) chunks.push(bytes.subarray(0, MAX_BODY - size));
    size += bytes.length;
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) {
    const text = headerOf(value);
    if (text !== undefined) headers[name.toLowerCase()] = text;
  }
  return { status: response.statusCode, headers, body: Buffer.concat(chunks).toString('utf8') };
}

function headerOf(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

function flatten(headers: Readonly<Record<string, readonly string[]>> | undefined): Record<string, string> {
  return Object.fromEntries(Object.entries(headers ?? {}).map(([name, values]) => [name, values.join(', ')]));
}

function forbidden(host: string, reason: string): ForbiddenAddressError {
  const kind = isIP(host) === 0 ? 'host' : 'address';
  return new ForbiddenAddressError(
    `${kind} ${host} is ${reason}; list it in alerting.delivery.allowedAddresses to deliver there`,
  );
}
