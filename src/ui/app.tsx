import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { HelpDialog } from './components/help-dialog';
import { Link } from './components/link';
import type { CommandPaletteProps } from './components/command-palette';
import { CopyButton } from './components/copy-button';
import { TimePicker } from './components/time-picker';
import { toggleClockStyle, useClockStyle } from './lib/clock-style';
import { lazy } from './lib/lazy';
import { hrefTo, navigate, useLocation } from './lib/location';
import { onKey } from './lib/keyboard';
import type { PageProps } from './lib/page';
import { pinnedHref } from './lib/share';
import { toggleTheme, useTheme } from './lib/theme';
import { zoneOffset } from './lib/format';
import { Overview } from './pages/overview';

interface Page {
  readonly path: string;
  readonly title: string;
  readonly key: string;
  readonly icon: string;
  readonly component: ComponentType<PageProps>;
  readonly hidden?: boolean;
}

const PAGES: readonly Page[] = [
  { path: '/', title: 'Overview', key: 'o', icon: '◉', component: Overview },
  {
    path: '/dashboards',
    title: 'Dashboards',
    key: 'd',
    icon: '▦',
    component: lazy(() => import('./pages/dashboards')),
  },
  { path: '/traces', title: 'Traces', key: 't', icon: '≡', component: lazy(() => import('./pages/traces')) },
  { path: '/trace', title: 'Trace', key: '', icon: '', component: lazy(() => import('./pages/trace')), hidden: true },
  { path: '/sessions', title: 'Sessions', key: 's', icon: '❝', component: lazy(() => import('./pages/sessions')) },
  { path: '/alerts', title: 'Alerts', key: 'a', icon: '△', component: lazy(() => import('./pages/alerts')) },
  { path: '/explore', title: 'Explore', key: 'e', icon: '⌕', component: lazy(() => import('./pages/explore')) },
  { path: '/reports', title: 'Report', key: 'r', icon: '☰', component: lazy(() => import('./pages/reports')) },
  { path: '/limits', title: 'Limits', key: 'l', icon: '◔', component: lazy(() => import('./pages/limits')) },
  { path: '/setup', title: 'Send data', key: 'n', icon: '↥', component: lazy(() => import('./pages/setup')) },
];

const CommandPalette = lazy<CommandPaletteProps>(() => import('./components/command-palette'));

/** The frame around every page. */
export function App() {
  const { path } = useLocation();
  const theme = useTheme();
  const clock = useClockStyle();
  const [help, setHelp] = useState(false);
  const [palette, setPalette] = useState(false);
  const page = pageOf(path);
  useEffect(() => {
    document.title = page === undefined ? 'Telltale' : `${page.title} · Telltale`;
    // On a phone the pages are a row that scrolls.
    document.querySelector('.sidebar [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  }, [page]);
  useEffect(() => {
    let leader = 0;
    return onKey((key, event) => {
      const target = Date.now() - leader < 1000 ? PAGES.find((each) => each.key === key) : undefined;
      leader = key === 'g' ? Date.now() : 0;
      if (target !== undefined) {
        // A page's own keys do not hear the second key of a pair.
        event.stopImmediatePropagation();
        navigate(hrefTo(target.path));
      } else if (key === '?') setHelp(true);
      else if (key === 't') toggleClockStyle();
      else if (key === 'Escape') setHelp(false);
    }, true);
  }, []);
  useEffect(() => {
    // Within fields too: it leads out of them.
    const listener = (event: KeyboardEvent): void => {
      if (event.key.toLowerCase() !== 'k' || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      setPalette(true);
    };
    window.addEventListener('keydown', listener, true);
    return () => window.removeEventListener('keydown', listener, true);
  }, []);
  const Body = page?.component;
  return (
    <div class="frame">
      <a class="skip" href="#main">
        Skip to content
      </a>
      <nav class="sidebar" aria-label="Pages">
        <Link class="brand" href={hrefTo('/')}>
          <img src="/favicon.svg" width="22" height="22" alt="" />
          <span>Telltale</span>
        </Link>
        {PAGES.filter((each) => each.hidden !== true).map((each) => (
          <Link
            key={each.path}
            class="nav-link"
            href={hrefTo(each.path)}
            aria-current={each === page || (page?.path === '/trace' && each.path === '/traces') ? 'page' : undefined}
            title={`${each.title} (g then ${each.key})`}
          >
            <span class="nav-icon" aria-hidden="true">
              {each.icon}
            </span>
            <span class="nav-text">{each.title}</span>
          </Link>
        ))}
        <div class="grow" />
        <button class="nav-link" type="button" onClick={() => setPalette(true)} title="Go anywhere (Ctrl K)">
          <span class="nav-icon" aria-hidden="true">
            ⌘
          </span>
          <span class="nav-text">Go to …</span>
        </button>
        <button
          class="nav-link"
          type="button"
          onClick={toggleClockStyle}
          title={`Instants as times of day or as how long ago (t); times of day are of the zone ${zoneOffset()}`}
        >
          <span class="nav-icon" aria-hidden="true">
            ◷
          </span>
          <span class="nav-text">{clock === 'ago' ? 'Times: ago' : `Times: ${zoneOffset()}`}</span>
        </button>
        <button class="nav-link" type="button" onClick={() => setHelp(true)} title="Keyboard (?)">
          <span class="nav-icon" aria-hidden="true">
            ?
          </span>
          <span class="nav-text">Keyboard</span>
        </button>
        <button
          class="nav-link"
          type="button"
          onClick={toggleTheme}
          aria-label={theme === 'dark' ? 'Dark theme, switch to light' : 'Light theme, switch to dark'}
        >
          <span class="nav-icon" aria-hidden="true">
            {theme === 'dark' ? '☾' : '☀'}
          </span>
          <span class="nav-text">{theme === 'dark' ? 'Dark' : 'Light'}</span>
        </button>
      </nav>
      <div class="content">
        <header class="topbar">
          <h1>{page?.title ?? 'Not found'}</h1>
          <div class="grow" />
          <TimePicker />
          <CopyButton
            label="Copy link"
            name="Copy link to what is shown now, its range of time pinned"
            text={() => pinnedHref(window.location.href, Date.now())}
          />
        </header>
        <main id="main" tabIndex={-1}>
          {Body === undefined ? (
            <div class="empty">
              <p>There is no page at this address.</p>
              <Link class="button" href="/">
                To the overview
              </Link>
            </div>
          ) : (
            <Body rest={path.slice(page?.path.length ?? 0).replace(/^\//, '')} />
          )}
        </main>
      </div>
      {help && <HelpDialog onClose={() => setHelp(false)} />}
      {palette && <CommandPalette entries={ENTRIES} onClose={() => setPalette(false)} />}
    </div>
  );
}

/** What the palette offers whatever the stack holds. */
const ENTRIES: CommandPaletteProps['entries'] = [
  ...PAGES.filter(({ hidden }) => hidden !== true).map(({ title, path }) => ({
    title,
    kind: 'page',
    run: () => navigate(hrefTo(path)),
  })),
  { title: 'Times of day, or how long ago', kind: 'do', run: toggleClockStyle },
  { title: 'Dark or light', kind: 'do', run: toggleTheme },
];

function pageOf(path: string): Page | undefined {
  return PAGES.find((page) =>
    page.path === '/' ? path === '/' : path === page.path || path.startsWith(`${page.path}/`),
  );
}
