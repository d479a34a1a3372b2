/**
 * Where a link in the manner of Prometheus, Alertmanager or our own messages leads here: `/graph?g0.expr=…`, `#/alerts…`,
 * `#/silences/new?filter=…`, `#/traces/ID`. Undefined for addresses of our own pages.
 */
export function addressOf({
  pathname,
  search,
  hash,
}: Pick<Location, 'pathname' | 'search' | 'hash'>): string | undefined {
  if (pathname === '/graph') {
    const query = new URLSearchParams(search).get('g0.expr') ?? '';
    return `/explore?${new URLSearchParams({ q: query.replaceAll('\n', ' ') })}`;
  }
  const [path = '', parameters = ''] = hash.replace(/^#/, '').split('?');
  const trace = /^\/traces?\/([0-9a-f]+)$/.exec(path)?.[1];
  if (trace !== undefined) return `/trace/${trace}`;
  const query = new URLSearchParams(parameters);
  if (path.startsWith('/silences')) {
    const filter = query.get('filter') ?? '';
    return `/alerts?${new URLSearchParams({ tab: 'silences', ...(filter === '' ? {} : { matchers: filter }) })}`;
  }
  const alert = /^\/alerts\/([0-9a-f]+)$/.exec(path)?.[1];
  if (alert !== undefined)
    return `/alerts?${new URLSearchParams({ tab: 'notifications', alert, ...(query.get('do') === null ? {} : { do: query.get('do') ?? '' }) })}`;
  if (path.startsWith('/alerts'))
    return `/alerts?${new URLSearchParams({ tab: 'notifications', ...Object.fromEntries(query) })}`;
  return undefined;
}
