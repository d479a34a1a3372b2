import 'reflect-metadata';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { CLOCK, systemClock } from '../src/base/clock';
import { silentLogger } from '../src/base/logger';
import { ManualClock } from '../src/base/testing/manual-clock';
import { compare } from '../src/cli/commands/compare';
import { report } from '../src/cli/commands/report';
import { whatif } from '../src/cli/commands/whatif';
import { runCommand } from '../src/cli/run';
import type { LedgerRow } from '../src/domain/ledger';
import type { Span } from '../src/domain/span';
import { ErrorFilter } from '../src/http/error.filter';
import { ReportsController } from '../src/http/stack/reports.controller';
import { bundledPrices } from '../src/pricing';
import { promqlConfig, PromqlEngine } from '../src/promql';
import { REPORTS, StackFacts } from '../src/reports';
import { generateWeek } from '../src/reports/testing/assistant-week';
import { arrayLedger, arraySpans } from '../src/reports/testing/array-stores';
import { InProcessReports } from '../src/reports/testing/in-process-reports';
import { USUAL_SHAPE } from '../src/reports/testing/week';
import { MemorySeriesStore } from '../src/storage';
import { expectGolden } from './golden/golden';

const DAY = 86_400_000;
/** Two days that ended an hour ago: the verbs look back from now. */
const START = Math.floor((systemClock.now() - 2 * DAY) / 3_600_000 - 1) * 3_600_000;
const MIDDLE = START + DAY;

let app: INestApplication;
let url: string;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'report-verbs-'));
  const week = generateWeek({ seed: 4, days: 2, start: START, shape: { ...USUAL_SHAPE, traffic: 0.8 } });
  const late = (at: number): boolean => at >= MIDDLE;
  const spans = week.spans.map((span): Span => {
    const second = late(Number(span.startUnixNano / 1_000_000n));
    const slower = second && span.name === 'execute_tool search_code' ? 2n : 1n;
    return {
      ...span,
      endUnixNano: span.startUnixNano + (span.endUnixNano - span.startUnixNano) * slower,
      resource: {
        ...span.resource,
        attributes: {
          ...span.resource.attributes,
          'service.version': second ? '1.5.0' : '1.4.0',
          'vcs.ref.head.revision': second ? 'bbbb' : 'aaaa',
        },
      },
    };
  });
  const calls = week.calls.map((row): LedgerRow => {
    const outcome = bundledPrices.price(row.usage, row.provider, row.responseModel, row.at);
    const moved = late(row.at) && row.agent === '' ? { requestModel: 'next', responseModel: 'next' } : {};
    return { ...row, ...moved, ...(outcome.known ? { cost: outcome.price } : {}) };
  });
  const engine = new PromqlEngine(new MemorySeriesStore(), new ManualClock(week.end), promqlConfig.parse({}));
  const sources = { ledger: arrayLedger(calls), spans: arraySpans(spans) };
  const facts = new StackFacts({ ...sources, engine, prices: bundledPrices });
  const module = await Test.createTestingModule({
    controllers: [ReportsController],
    providers: [
      { provide: REPORTS, useValue: new InProcessReports(facts, sources) },
      { provide: CLOCK, useValue: systemClock },
    ],
  }).compile();
  app = module.createNestApplication({ logger: false });
  app.useGlobalFilters(new ErrorFilter(silentLogger));
  await app.listen(0, '127.0.0.1');
  const address = app.getHttpServer().address() as AddressInfo;
  url = `http://127.0.0.1:${address.port}`;
});
afterAll(async () => {
  await app.close();
  rmSync(folder, { recursive: true });
});

async function telltale(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const written = { out: '', err: '' };
  const code = await runCommand(args, [compare, report, whatif], () => ({
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    readStdin: () => Promise.resolve(''),
    interactive: false,
    columns: 100,
    signal: new AbortController().signal,
    cwd: folder,
    stackUrl: url,
  }));
  return { code, ...written };
}

/** Durations with a memory, in milliseconds; `factor` slower. */
function file(name: string, factor: number): string {
  const lines = Array.from({ length: 400 }, (_, index) => {
    const wave = Math.sin(index * 0.7) + Math.sin(index * 2.3) + Math.sin(index * 11.1);
    return JSON.stringify({
      name: 'chat',
      stage: 'inference',
      t: index * 1000,
      value: factor * (100 + 5 * wave),
      traceId: `${name}-${index}`,
    });
  });
  writeFileSync(join(folder, name), lines.join('\n'));
  return name;
}

describe('compare, of two files', () => {
  test('a slower candidate: exit code 1, as text and as JSON', async () => {
    const sides = ['--baseline', file('old.jsonl', 1), '--candidate', file('new.jsonl', 1.2)];
    const text = await telltale('compare', ...sides);
    expect(text.code).toBe(1);
    expectGolden('cli/compare-files.txt', text.out);
    const json = await telltale('compare', ...sides, '--json');
    expect(json.code).toBe(1);
    expectGolden('cli/compare-files.json', json.out);
  });

  test.each([
    { name: 'the same twice', candidate: 1, verdict: 'same' },
    { name: 'a faster candidate', candidate: 0.8, verdict: 'improvement' },
  ])('$name: exit code 0', async ({ candidate, verdict }) => {
    const { code, out } = await telltale(
      'compare',
      '--baseline',
      file('a.jsonl', 1),
      '--candidate',
      file('b.jsonl', candidate),
      '--json',
    );
    expect([code, JSON.parse(out)]).toEqual([0, expect.objectContaining({ verdict })]);
  });

  test.each([
    { name: 'one file and one version', args: ['--baseline', 'old.jsonl', '--candidate', 'version:1'] },
    { name: 'no side at all', args: ['--baseline', 'yesterday', '--candidate', 'version:1'] },
    { name: 'a share above one', args: ['--baseline', 'version:1', '--candidate', 'version:2', '--alpha', '5'] },
    { name: 'no candidate', args: ['--baseline', 'version:1'] },
  ])('$name: exit code 2 and a word why', async ({ args }) => {
    file('old.jsonl', 1);
    const { code, err } = await telltale('compare', ...args);
    expect(code).toBe(2);
    expect(err).not.toBe('');
  });
});

const iso = (at: number): string => new Date(at).toISOString();

describe('compare, of what is stored', () => {
  test.each([
    { name: 'versions', sides: ['version:1.4.0', 'version:1.5.0'] },
    { name: 'commits', sides: ['commit:aaaa', 'commit:bbbb'] },
    { name: 'time ranges', sides: [`${iso(START)}..${iso(MIDDLE)}`, `${iso(MIDDLE)}..${iso(START + 2 * DAY)}`] },
  ])(
    '$name: a tool twice as slow is the regression, in its stage',
    async ({ sides: [baseline = '', candidate = ''] }) => {
      const { code, out } = await telltale('compare', '--baseline', baseline, '--candidate', candidate, '--json');
      const { verdict, stage, findings } = JSON.parse(out);
      expect({ code, verdict, stage }).toEqual({ code: 1, verdict: 'regression', stage: 'tool' });
      expect(findings[0]).toMatchObject({ name: 'assistant execute_tool search_code', outcome: 'regression' });
      expect(findings[0].traces.candidate.length).toBeGreaterThan(0);
    },
  );

  test('models at the same task do not differ: exit code 0', async () => {
    const { code, out } = await telltale(
      'compare',
      '--baseline',
      'model:claude-sonnet-4-5',
      '--candidate',
      'model:next',
    );
    expect(code).toBe(0);
    expect(out).toContain('model calls: assistant main chat, duration');
  });

  test('what is not there is said', async () => {
    const { code, out } = await telltale('compare', '--baseline', 'version:1.4.0', '--candidate', 'version:9.9.9');
    expect(code).toBe(0);
    expect(out).toContain('Nothing is stored of version 9.9.9.');
  });
});

describe('whatif', () => {
  test('another model, and when a budget ends', async () => {
    const { code, out } = await telltale(
      'whatif',
      '--model',
      'claude-haiku-4-5',
      '--of',
      'claude-sonnet-4-5',
      '--budget',
      '100',
      '--json',
    );
    const { result, budget } = JSON.parse(out);
    expect(code).toBe(0);
    expect(result.total.after).toBeLessThan(result.total.before);
    expect(budget.spentUsd + budget.leftUsd).toBeCloseTo(100, 6);
    const text = await telltale('whatif', '--cache', 'none');
    expect(text.code).toBe(0);
    expect(text.out).toMatch(/\$\d/);
  });

  test.each([
    { name: 'nothing that differs', args: [], message: 'name what is to be different' },
    { name: 'an unknown lifetime', args: ['--cache', '2d'], message: '5m, 1h, none' },
    { name: 'a budget that is none', args: ['--budget', 'much'], message: 'US dollars above 0' },
  ])('$name: exit code 2', async ({ args, message }) => {
    const { code, err } = await telltale('whatif', ...args);
    expect(code).toBe(2);
    expect(err).toContain(message);
  });
});

describe('report', () => {
  test('as JSON, as a page, with some sections and without the period before', async () => {
    const span = ['--from', iso(MIDDLE), '--to', iso(START + 2 * DAY)];
    const { code, out } = await telltale('report', ...span, '--json', '--sections', 'tools,ledger');
    const made = JSON.parse(out);
    expect(code).toBe(0);
    expect(made.sections.map(({ id }: { id: string }) => id)).toEqual(['tools', 'ledger']);
    expect(made.previous).toEqual({ start: START, end: MIDDLE });
    expect(made.highlights[0]).toMatch(/model calls \([+-]/);
    const page = await telltale('report', ...span, '--no-compare', '--html', 'page.html');
    expect(page.out).toBe('written to page.html\n');
    expect(readFileSync(join(folder, 'page.html'), 'utf8')).not.toContain('compared with');
  });

  test('a section that does not exist: exit code 2', async () => {
    const { code, err } = await telltale('report', '--sections', 'costs');
    expect(code).toBe(2);
    expect(err).toContain('known: changes');
  });
});
