import { deliverHttp } from '../http';
import type { HttpTransport } from '../http';
import type { HttpOptions } from '../../config/http-options';
import type { Clock, EpochMillis } from '../../../base/clock';
import type { Delivery } from '../../notify/delivery';
import type { AwsCredentials } from './aws-credentials';
import { signV4 } from './sigv4';

/** Which role is taken on. */
export interface RoleRequest {
  readonly roleArn: string;
  readonly externalId?: string | undefined;
  readonly region: string;
  readonly fips: boolean;
  /** Where STS answers; its regional address without. */
  readonly endpoint?: string | undefined;
}

/** Temporary keys are fetched anew so long before they end. */
const MARGIN = 60_000;

/** Temporary keys of a role from AWS' Security Token Service, kept until they are about to end. */
export class AssumedRole {
  private known: { readonly credentials: AwsCredentials; readonly until: EpochMillis } | undefined;

  constructor(
    private readonly request: RoleRequest,
    private readonly transport: HttpTransport,
    private readonly clock: Clock,
  ) {}

  /** The role's keys, or what STS said instead. */
  async credentials(
    own: AwsCredentials,
    options: HttpOptions | undefined,
    signal: AbortSignal,
  ): Promise<AwsCredentials | Delivery> {
    if (this.known !== undefined && this.known.until > this.clock.now()) return this.known.credentials;
    const { roleArn, externalId, region, fips, endpoint } = this.request;
    const url = new URL(endpoint ?? `https://sts${fips ? '-fips' : ''}.${region}.amazonaws.com/`);
    const form = new URLSearchParams({
      Action: 'AssumeRole',
      Version: '2011-06-15',
      RoleArn: roleArn,
      RoleSessionName: 'telltale',
      ...(externalId === undefined ? {} : { ExternalId: externalId }),
    });
    const body = form.toString();
    const headers = signV4({ url, body, region, service: 'sts', at: this.clock.now(), ...own });
    let answer = '';
    const outcome = await deliverHttp(
      async (request) => {
        const response = await this.transport(request);
        answer = response.body;
        return response;
      },
      {
        method: 'POST',
        url: url.href,
        headers: { ...headers, 'content-type': 'application/x-www-form-urlencoded' },
        body,
        signal,
        options,
      },
      { explain: (response) => field(response.body, 'Message') },
    );
    if (outcome.kind !== 'delivered') return outcome;
    const credentials = {
      accessKey: field(answer, 'AccessKeyId') ?? '',
      secretKey: field(answer, 'SecretAccessKey') ?? '',
      sessionToken: field(answer, 'SessionToken'),
    };
    this.known = { credentials, until: Date.parse(field(answer, 'Expiration') ?? '') - MARGIN };
    return credentials;
  }
}

function field(xml: string, name: string): string | undefined {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1];
}
