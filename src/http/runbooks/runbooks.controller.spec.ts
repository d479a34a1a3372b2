import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import type { App } from 'supertest/types';
import { toHtml } from './markdown-html';
import { RUNBOOKS, RunbooksController } from './runbooks.controller';

const own = '# Ours\n\n## Slow\n\nOur **own** text.\n';
const shipped = '# Shipped\n\n## Slow\n\nNot shown.\n\n## Down <x>\n\n- look at `up`\n- restart\n';
let app: INestApplication<App>;

beforeAll(async () => {
  const testing = await Test.createTestingModule({
    controllers: [RunbooksController],
    providers: [{ provide: RUNBOOKS, useValue: { texts: () => [own, shipped] } }],
  }).compile();
  app = testing.createNestApplication<INestApplication<App>>();
  await app.init();
});
afterAll(() => app.close());

const get = (path: string) => request(app.getHttpServer()).get(path);

test('the section of an alert, the own one before the shipped one', async () => {
  const { text, headers } = await get('/runbooks/Slow').expect(200);
  expect(text).toContain('<p>Our <strong>own</strong> text.</p>');
  expect(text).not.toContain('Not shown');
  expect(headers['content-type']).toContain('text/html');
  expect(headers['content-security-policy']).toContain("default-src 'none'");
});

test('names are text, not HTML', async () => {
  const { text } = await get(`/runbooks/${encodeURIComponent('Down <x>')}`).expect(200);
  expect(text).toContain('<h1>Down &lt;x&gt;</h1>');
  expect(text).toContain('<ul><li>look at <code>up</code></li><li>restart</li></ul>');
  const missing = await get(`/runbooks/${encodeURIComponent('<script>')}`).expect(404);
  expect(missing.text).not.toContain('<script>');
  expect(missing.text).toContain('alerts/RUNBOOKS.md');
});

test('a list of all', async () => {
  const { text } = await get('/runbooks').expect(200);
  expect(text).toContain('<a href="/runbooks/Slow">Slow</a>');
  expect(text).toContain('Down%20%3Cx%3E');
});

test.each([
  ['<img src=x onerror=alert(1)>', '<p>&lt;img src=x onerror=alert(1)&gt;</p>'],
  ['[a](javascript:alert(1))', '<p>[a](javascript:alert(1))</p>'],
  [
    '[a](https://x.example/?a=1&b="2")',
    '<p><a href="https://x.example/?a=1&amp;b=&quot;2&quot;" rel="noreferrer">a</a></p>',
  ],
  ['[a](//evil.example)', '<p>[a](//evil.example)</p>'],
  ['`**not bold**` **bold**', '<p><code>**not bold**</code> <strong>bold</strong></p>'],
  ['```\na < b\n\n# c\n```\nafter', '<pre><code>a &lt; b\n\n# c</code></pre>\n<p>after</p>'],
  ['```\nnever closed', '<pre><code>never closed</code></pre>'],
  ['### Head\ntext\nmore', '<h3>Head</h3>\n<p>text\nmore</p>'],
  ['- a\n  b\n- c', '<ul><li>a b</li><li>c</li></ul>'],
])('%j', (markdown, html) => {
  expect(toHtml(markdown)).toBe(html);
});
