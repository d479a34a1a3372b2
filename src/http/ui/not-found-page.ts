import { escapeHtml } from '../runbooks/markdown-html';

/** Our style is in the page; nothing else is loaded and nothing runs. */
export const NOT_FOUND_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** Addresses of programs: what is wrong with one is told in JSON, to browsers too. */
const OF_PROGRAMS = /^\/(?:api|v1|-|metrics|healthz|readyz|assets)(?:[/?]|$)/;
/** Characters of an address that are shown. */
const MOST_SHOWN = 300;

/** The colours of the UI in both themes. */
const STYLE =
  ':root{color-scheme:light dark;--paper:#f7f8fa;--surface:#fff;--ink:#17212b;--muted:#5d6b79;--line:#dde3e9;--accent:#0062a3}' +
  '@media(prefers-color-scheme:dark){:root{--paper:#0f151b;--surface:#161e26;--ink:#e8edf2;--muted:#93a1af;--line:#2a3641;--accent:#6cb8f0}}' +
  'body{margin:0;min-height:100vh;display:grid;place-items:center;background:var(--paper);color:var(--ink);font:14px/1.5 system-ui,sans-serif}' +
  'main{box-sizing:border-box;width:min(34rem,100% - 2rem);padding:1.75rem;background:var(--surface);border:1px solid var(--line);border-radius:8px}' +
  'h1{margin:0 0 .75rem;font-size:1.2rem}p{margin:0 0 .75rem}.muted{color:var(--muted)}a{color:var(--accent)}' +
  'code{font:.92em ui-monospace,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}nav{display:flex;flex-wrap:wrap;gap:.25rem 1rem}';

/** Whether an address that leads nowhere was asked for by a person who looks for a page. */
export function looksForPage(method: string, path: string, prefersHtml: boolean): boolean {
  return prefersHtml && (method === 'GET' || method === 'HEAD') && !OF_PROGRAMS.test(path);
}

/** The page that says so. @param address as it was asked for; from anyone, so it is shown as text. */
export function notFoundPage(address: string): string {
  const shown = address.length > MOST_SHOWN ? `${address.slice(0, MOST_SHOWN)}…` : address;
  const links = [
    ['/', 'Overview'],
    ['/traces', 'Traces'],
    ['/alerts', 'Alerts'],
    ['/dashboards', 'Dashboards'],
    ['/runbooks', 'Runbooks'],
  ].map(([href, title]) => `<a href="${href}">${title}</a>`);
  return (
    '<!doctype html><html lang="en"><head><meta charset="utf-8">' +
    '<meta name="viewport" content="width=device-width, initial-scale=1">' +
    `<title>Not found · Telltale</title><style>${STYLE}</style></head><body><main>` +
    '<h1>There is no page at this address</h1>' +
    `<p><code>${escapeHtml(shown)}</code></p>` +
    '<p class="muted">It may be mistyped, or belong to another version.</p>' +
    `<nav aria-label="Pages">${links.join('')}</nav></main></body></html>\n`
  );
}
