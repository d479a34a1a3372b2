import { Controller, Get, Inject, Query, Res } from '@nestjs/common';
import type { Response } from 'express';
import { CLOCK } from '../../base/clock';
import type { Clock } from '../../base/clock';
import { BadInputError } from '../../base/errors';
import { DEFAULT_SETTINGS, parseSelection, REPORT_FORMATS, REPORTS, SECTION_IDS } from '../../reports';
import type { Comparison, ReportFormat, Reports, SectionId, WhatIfAnswer } from '../../reports';
import { instantParam, textParam } from './stack-params';
import type { StackQuery } from './stack-params';

const DAY = 86_400_000;
const CACHES = ['5m', '1h', 'none'] as const;
const CONTENT_TYPES: Readonly<Record<ReportFormat, string>> = {
  json: 'application/json; charset=utf-8',
  terminal: 'text/plain; charset=utf-8',
  markdown: 'text/markdown; charset=utf-8',
  html: 'text/html; charset=utf-8',
};

/** A report over a period against the period of equal length before it. */
@Controller('api/stack/reports')
export class ReportsController {
  constructor(
    @Inject(REPORTS) private readonly reports: Reports,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * `from` and `to` as instants (the last day without), `format` one of json, terminal, markdown, html; `before` is where the
   * period to compare with starts (as long as the period itself without), `compare=false` for none; `sections` as a list
   * with commas.
   */
  @Get()
  async report(@Query() query: StackQuery, @Res() response: Response): Promise<void> {
    const end = instantParam(query, 'to') ?? this.clock.now();
    const start = instantParam(query, 'from') ?? end - DAY;
    if (start >= end) throw new BadInputError('`from` must be before `to`');
    const named = textParam(query, 'format') ?? 'json';
    const format = REPORT_FORMATS.find((each) => each === named);
    if (format === undefined)
      throw new BadInputError(`no report format "${named}"; known: ${REPORT_FORMATS.join(', ')}`);
    const earlier = instantParam(query, 'before') ?? start - (end - start);
    if (earlier >= start) throw new BadInputError('`before` must be before `from`');
    const previous = textParam(query, 'compare') === 'false' ? undefined : { start: earlier, end: start };
    const sections = sectionsParam(query);
    const text = await this.reports.report({ period: { start, end }, previous, sections }, format);
    response.setHeader('Content-Type', CONTENT_TYPES[format]);
    // The page holds its own styles and drawings, and no script.
    response.setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    response.send(text);
  }

  /**
   * What the model calls from `from` to `to` (the last week without) would have cost on another `model` (only those
   * `of` one), by the prices of the instant `pricedAt`, with a prompt `cache` of 5m, 1h or none, in another `tier`; with
   * a `budget` in US dollars from the period's start, when it is used up.
   */
  @Get('what-if')
  whatIf(@Query() query: StackQuery): Promise<WhatIfAnswer> {
    const end = instantParam(query, 'to') ?? this.clock.now();
    const start = instantParam(query, 'from') ?? end - 7 * DAY;
    if (start >= end) throw new BadInputError('`from` must be before `to`');
    const cache = textParam(query, 'cache');
    const lifetime = CACHES.find((each) => each === cache);
    if (cache !== undefined && lifetime === undefined)
      throw new BadInputError(`"cache" is "${cache}": expecting one of ${CACHES.join(', ')}`);
    const pricedAt = instantParam(query, 'pricedAt');
    const texts = Object.fromEntries(
      ['model', 'of', 'tier'].flatMap((name) => {
        const text = textParam(query, name);
        return text === undefined ? [] : [[name, text] as const];
      }),
    );
    const change = {
      ...texts,
      ...(pricedAt === undefined ? {} : { pricedAt }),
      ...(lifetime === undefined ? {} : { cache: lifetime }),
    };
    const budget = textParam(query, 'budget');
    const budgetUsd = budget === undefined ? undefined : Number(budget);
    if (budgetUsd !== undefined && !(budgetUsd > 0))
      throw new BadInputError(`"budget" is "${budget}": expecting US dollars above 0`);
    return this.reports.whatIf({ start, end }, change, budgetUsd);
  }

  /**
   * Whether `candidate` differs from `baseline`: each `version:…`, `commit:…`, `model:…` or a time range `from..to`.
   * Versions, commits and models are sought between `from` and `to` (the last week without). `alpha` and `minEffect` as
   * shares.
   */
  @Get('compare')
  async compare(@Query() query: StackQuery): Promise<Comparison> {
    const end = instantParam(query, 'to') ?? this.clock.now();
    const window = { start: instantParam(query, 'from') ?? end - 7 * DAY, end };
    const side = (name: 'baseline' | 'candidate'): ReturnType<typeof parseSelection> => {
      const text = textParam(query, name);
      if (text === undefined) throw new BadInputError(`"${name}" is missing`);
      return parseSelection(text, this.clock.now());
    };
    const [baseline, candidate] = [side('baseline'), side('candidate')];
    const settings = {
      alpha: shareParam(query, 'alpha', DEFAULT_SETTINGS.alpha),
      minEffect: shareParam(query, 'minEffect', DEFAULT_SETTINGS.minEffect),
    };
    return this.reports.compare({ baseline, candidate, window, settings });
  }
}

/** The sections named; undefined for all. @throws BadInputError */
function sectionsParam(query: StackQuery): SectionId[] | undefined {
  return textParam(query, 'sections')
    ?.split(',')
    .map((name) => {
      const section = SECTION_IDS.find((id) => id === name.trim());
      if (section === undefined)
        throw new BadInputError(`no report section "${name}"; known: ${SECTION_IDS.join(', ')}`);
      return section;
    });
}

/** A share above 0 and below 1. @throws BadInputError */
function shareParam(query: StackQuery, name: string, fallback: number): number {
  const text = textParam(query, name);
  if (text === undefined) return fallback;
  const share = Number(text);
  if (!(share > 0 && share < 1)) throw new BadInputError(`"${name}" is "${text}": expecting a number between 0 and 1`);
  return share;
}
