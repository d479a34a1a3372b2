import { ToolkitOptionsError } from '../../errors';

/** What a server must be to be used, in libpq's words; `any` takes the first that answers. */
export const TARGETS = ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'] as const;
export type Target = (typeof TARGETS)[number];

/** The servers that a connection string names. */
export interface PostgresServers {
  /** One connection string for each, in the order given. */
  readonly urls: readonly string[];
  /** `host:port/database` of each; without credentials. */
  readonly addresses: readonly string[];
  /** From `target_session_attrs`; without it `any` for one server, `read-write` for several. */
  readonly target: Target;
}

/**
 * Takes a connection string apart: `postgres://user:password@host1:5432,host2:5433/database?target_session_attrs=read-write`.
 *
 * Source: PostgreSQL manual, 34.1.1.3 Specifying Multiple Hosts.
 * @throws ToolkitOptionsError, without the string, which may hold a password
 */
export function parseServers(connectionString: string): PostgresServers {
  const parts = /^(postgres(?:ql)?:\/\/(?:[^/?#]*@)?)([^/?#]*)([^#]*)/.exec(connectionString);
  const [, start = '', hosts = '', rest = ''] = parts ?? [];
  if (parts === null || hosts === '') {
    throw new ToolkitOptionsError('a connection string is postgres://user:password@host:port[,host:port…]/database');
  }
  const names = hosts.split(',');
  const { tail, target } = takeTarget(rest);
  const urls = names.map((host) => `${start}${host}${tail}`);
  const addresses = urls.map((url) => {
    if (!URL.canParse(url)) throw new ToolkitOptionsError('a host of the connection string is not host or host:port');
    const { hostname, port, pathname } = new URL(url);
    return `${hostname}:${port === '' ? '5432' : port}${pathname}`;
  });
  return { urls, addresses, target: target ?? (urls.length > 1 ? 'read-write' : 'any') };
}

/** The client does not know the parameter; it is taken out. */
function takeTarget(rest: string): { tail: string; target: Target | undefined } {
  const at = rest.indexOf('?');
  if (at < 0) return { tail: rest, target: undefined };
  const query = new URLSearchParams(rest.slice(at + 1));
  const given = query.get('target_session_attrs');
  if (given === null) return { tail: rest, target: undefined };
  const target = TARGETS.find((each) => each === given);
  if (target === undefined) {
    throw new ToolkitOptionsError(`target_session_attrs=${given} is none of ${TARGETS.join(', ')}`);
  }
  query.delete('target_session_attrs');
  const left = query.toString();
  return { tail: `${rest.slice(0, at)}${left === '' ? '' : `?${left}`}`, target };
}

/** What a server says of itself. */
export interface ServerState {
  /** It replays what another writes. */
  readonly isStandby: boolean;
  /** Whether its own default is to refuse writes. */
  readonly isReadOnly: boolean;
}

/** Whether a server is what is wanted; `prefer-standby` wants a standby, and takes another only after all were asked. */
export function fits(target: Target, { isStandby, isReadOnly }: ServerState): boolean {
  switch (target) {
    case 'any':
      return true;
    case 'read-write':
      return !isStandby && !isReadOnly;
    case 'read-only':
      return isStandby || isReadOnly;
    case 'primary':
      return !isStandby;
    case 'standby':
    case 'prefer-standby':
      return isStandby;
  }
}
