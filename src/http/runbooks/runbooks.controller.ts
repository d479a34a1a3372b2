import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import type { Response } from 'express';
import { escapeHtml, toHtml } from './markdown-html';
import { readRunbooks } from './read-runbooks';

/** Injection token of the runbooks. */
export const RUNBOOKS = Symbol('Runbooks');

/** Where runbooks are written. */
export interface Runbooks {
  /** The texts of the runbook files, the user's own before the shipped one; read anew, so that an edit shows. */
  texts(): readonly string[];
}

/** Our styles are in the page; nothing else is loaded and nothing runs. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const STYLE =
  'body{font:16px/1.6 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}' +
  'pre{background:#f3f5f8;padding:.75rem 1rem;overflow-x:auto;border-radius:6px}code{font:.9em ui-monospace,monospace}' +
  '@media(prefers-color-scheme:dark){body{color:#e3e7ee;background:#12161d}pre{background:#1c232e}a{color:#8ab4ff}}';

/** `/runbooks/<Alert>`: what to do about an alert; the address that alerts link to. */
@Controller('runbooks')
export class RunbooksController {
  constructor(@Inject(RUNBOOKS) private readonly runbooks: Runbooks) {}

  @Get()
  index(@Res() response: Response): void {
    const names = [...new Set(this.sections().flatMap((sections) => [...sections.keys()]))].sort();
    const items = names.map(
      (name) => `<li><a href="/runbooks/${encodeURIComponent(name)}">${escapeHtml(name)}</a></li>`,
    );
    send(response, 200, 'Runbooks', `<h1>Runbooks</h1><ul>${items.join('')}</ul>`);
  }

  @Get(':alert')
  show(@Param('alert') alert: string, @Res() response: Response): void {
    const text = this.sections()
      .map((sections) => sections.get(alert))
      .find((section) => section !== undefined);
    const title = escapeHtml(alert);
    const links = `<p><a href="/runbooks">All runbooks</a> · <a href="/alerts">Alerts</a></p>`;
    if (text === undefined) {
      const way = 'Write a section headed <code>## ' + title + '</code> into <code>alerts/RUNBOOKS.md</code>.';
      send(response, 404, title, `<h1>${title}</h1><p>There is no runbook for this alert. ${way}</p>${links}`);
      return;
    }
    send(response, 200, title, `<h1>${title}</h1>\n${toHtml(text)}\n${links}`);
  }

  private sections(): ReadonlyMap<string, string>[] {
    return this.runbooks.texts().map(readRunbooks);
  }
}

function send(response: Response, status: number, title: string, body: string): void {
  response
    .status(status)
    .setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY)
    .setHeader('X-Content-Type-Options', 'nosniff')
    .setHeader('Referrer-Policy', 'no-referrer')
    .type('text/html')
    .send(
      `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${STYLE}</style></head><body>${body}</body></html>\n`,
    );
}
