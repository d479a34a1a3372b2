import { Controller, Get, Inject, NotFoundException, Req, Res } from '@nestjs/common';
import type { Request, Response } from 'express';
import { UiAssets } from './ui-assets';
import type { UiAsset } from './ui-assets';

export const UI_ASSETS = Symbol('UiAssets');

/** Nothing but our own files runs or is loaded; nothing may frame us. */
const CONTENT_SECURITY_POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/** The web UI: hashed static files, and one page for every address of the application. */
@Controller()
export class UiController {
  constructor(@Inject(UI_ASSETS) private readonly assets: UiAssets) {}

  @Get([
    '',
    'dashboards',
    'dashboards/*rest',
    'traces',
    'trace/:id',
    'sessions',
    'sessions/*rest',
    'alerts',
    'alerts/*rest',
    'explore',
    'graph',
    'setup',
    'reports',
    'limits',
  ])
  async page(@Req() request: Request, @Res() response: Response): Promise<void> {
    const page = await this.assets.find('index.html');
    if (page === undefined) {
      response
        .status(200)
        .type('text/plain')
        .send('The web UI is not built: run `npm run build`. The APIs work; see /metrics and /api/v1/query.\n');
      return;
    }
    response.setHeader('Content-Security-Policy', CONTENT_SECURITY_POLICY);
    response.setHeader('Referrer-Policy', 'no-referrer');
    send(request, response, page);
  }

  @Get(['assets/:name', 'favicon.svg'])
  async asset(@Req() request: Request, @Res() response: Response): Promise<void> {
    const found = await this.assets.find(request.path);
    if (found === undefined) throw new NotFoundException('no such file');
    send(request, response, found);
  }
}

function send(request: Request, response: Response, asset: UiAsset): void {
  response.setHeader('Content-Type', asset.contentType);
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Vary', 'Accept-Encoding');
  response.setHeader('Cache-Control', asset.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
  const zipped = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
  if (zipped) response.setHeader('Content-Encoding', 'gzip');
  response.send(zipped ? asset.gzipped : asset.plain);
}
