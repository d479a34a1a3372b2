import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { RequestHandler } from 'express';
import { Alerting, ALERTING } from '../alerting';
import { CLOCK } from '../base/clock';
import type { Clock } from '../base/clock';
import { systemRandom } from '../base/ids';
import { Lifecycle } from '../base/lifecycle';
import type { Part, Phase } from '../base/lifecycle';
import type { Logger } from '../base/logger';
import { readEnvironment } from '../config';
import type { StackConfig } from '../config';
import { EXPOSITION, READINESS } from '../http/health/health.controller';
import { ADMIN_ACCESS, STATUS_SOURCE } from '../http/prometheus';
import { RELOAD } from '../http/rules';
import { DASHBOARDS } from '../http/stack/dashboards.controller';
import { CONTENT_LOG, ContentLog } from '../http/stack/content-log';
import { RUNBOOKS } from '../http/runbooks';
import { UI_ASSETS } from '../http/ui/ui.controller';
import { UiAssets } from '../http/ui/ui-assets';
import { PROMQL_ENGINE, PromqlEngine } from '../promql';
import { REPORT_SCHEDULER, ReportScheduler, REPORTS, StackFacts, StackReports } from '../reports';
import { RULES_ENGINE, RulesEngine } from '../rules';
import { SqliteSpanStore, SqliteStateStore } from '../spandb';
import { LEDGER_STORE, SERIES_STORE, SPAN_STORE } from '../storage';
import { TsdbSeriesStore } from '../tsdb';
import { createAnomalyWatch } from './anomaly-watch';
import type { Binding } from './binding';
import { courseOf } from './alert-evidence';
import { overdueRules } from './watchfulness';
import { readDashboards } from './dashboards';
import { readRunbookFiles } from './runbooks';
import { Reload } from './reload';
import { reportSinkOf } from './report-sink';
import { buildIngest } from './ingest';
import type { Intake } from './ingest';
import { SelfObservation } from './self-observation';
import { packageRoot, packageVersion, shippedFolder } from './shipped';
import { stackStatus } from './status';

/** What `rules.files` is when nothing is configured. */
const DEFAULT_RULES = 'alerts/*.yml';

/** What a stack is built with beside its configuration. */
export interface StackSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Reads the configuration anew, for a reload; without it the stack keeps the one it was started with. */
  readonly reread?: () => StackConfig;
}

/** All parts of a stack, built and not yet started. */
export interface Stack {
  readonly lifecycle: Lifecycle;
  readonly bindings: readonly Binding[];
  /** Takes telemetry of the same process: what `handOver` of `startTelemetry` is to be. */
  readonly intake: Intake;
  /** Handlers that take requests with binary bodies; they pass on what is not theirs. */
  readonly rawBodies: readonly RequestHandler[];
  /** The address people reach us at. */
  readonly externalUrl: string;
  /** Takes up what the configuration says now; resolves with what stood in the way. */
  reload(): Promise<string[]>;
  setReady(ready: boolean): void;
}

/**
 * Builds the parts in the order in which they need each other, and puts them into the phases of the lifecycle.
 * @throws InvalidConfigError, InvalidAlertingConfigError when a named file is not usable.
 */
export function createStack(config: StackConfig, { clock, logger, reread }: StackSurroundings): Stack {
  const dataDir = resolve(config.directory, config.data);
  mkdirSync(dataDir, { recursive: true });
  const externalUrl = config.server.externalUrl ?? `http://localhost:${config.server.port}`;
  const lifecycle = new Lifecycle(clock, logger);
  const self = new SelfObservation(dataDir);
  const { telemetry } = self;

  const state = new SqliteStateStore({ dataDir, clock, logger });
  const series = new TsdbSeriesStore({ dataDir, clock, logger, telemetry, config: config.tsdb });
  const spans = new SqliteSpanStore({ dataDir, clock, logger, telemetry, config: config.spans });
  const ingest = buildIngest(config, { clock, logger, telemetry, dataDir, series, spans, registry: self.registry });
  const engine = new PromqlEngine(series, clock, config.promql);

  const alerting: Alerting = new Alerting({
    state,
    clock,
    logger,
    telemetry,
    random: systemRandom,
    config: config.alerting,
    externalUrl,
    directory: config.directory,
    version: packageVersion(),
    evidence: { course: courseOf(engine) },
    environment: readEnvironment(),
    ailing: (): string | undefined => overdueRules(rules.groups(), clock.now()),
    ...alertmanagerFileOf(config),
  });
  const rules = new RulesEngine({
    engine,
    series,
    state,
    sink: alerting,
    clock,
    logger,
    telemetry,
    config: { ...config.rules, files: rulePatterns(config) },
    externalUrl,
    baseDir: config.directory,
  });

  const anomalies = createAnomalyWatch(config.anomaly, { engine, series, clock, logger, telemetry });

  const facts = new StackFacts({
    ledger: ingest.ledger,
    spans,
    engine,
    alerts: {
      rules: () =>
        Promise.resolve(
          rules
            .groups()
            .flatMap((group) => group.rules)
            .flatMap((rule) => (rule.type === 'alerting' ? [{ name: rule.name, forMs: rule.holdFor }] : [])),
        ),
      acknowledged: ({ start, end }) => alerting.acknowledged.firings(start, end),
    },
  });
  const reports = new StackReports(
    facts,
    { ledger: ingest.ledger, spans },
    {
      pricesFile: config.pricing.file === '' ? null : resolve(config.directory, config.pricing.file),
      externalUrl,
    },
  );
  const scheduler = new ReportScheduler({
    state,
    clock,
    logger,
    telemetry,
    externalUrl,
    sink: reportSinkOf(alerting),
    make: (request) => reports.message(request),
  });

  const startAndStop = (name: string, phase: Phase, part: { start(): Promise<void>; stop(): Promise<void> }): Part => ({
    name,
    phase,
    start: () => part.start(),
    stop: () => part.stop(),
  });
  lifecycle.add(startAndStop('state store', 'stores', state));
  lifecycle.add(startAndStop('series store', 'stores', series));
  lifecycle.add(startAndStop('span store', 'stores', spans));
  for (const part of ingest.parts) lifecycle.add(part);
  // Alerting is there before the first rule fires, and outlives the last.
  lifecycle.add(startAndStop('alerting', 'ingest', alerting));
  lifecycle.add(startAndStop('rules', 'rules', rules));
  lifecycle.add(startAndStop('anomaly watch', 'rules', anomalies));
  lifecycle.add({
    name: 'report schedules',
    phase: 'alerting',
    start: () => scheduler.start(config.reports),
    stop: () => scheduler.stop(),
  });

  const reload = new Reload(
    config,
    reread ?? ((): StackConfig => config),
    [
      { name: 'rules', reload: (now) => rules.reload(rulePatterns(now)) },
      {
        name: 'alerting',
        reload: async (now) => alerting.reload({ config: now.alerting, ...alertmanagerFileOf(now) }),
      },
      // After alerting: its receivers are the new ones then.
      { name: 'reports', reload: (now) => scheduler.reload(now.reports) },
    ],
    logger,
    clock,
  );

  let ready = false;
  return {
    lifecycle,
    externalUrl,
    intake: ingest.intake,
    rawBodies: ingest.rawBodies,
    reload: () => reload.run(),
    setReady: (value) => void (ready = value),
    bindings: [
      [CLOCK, clock],
      [READINESS, { isReady: () => ready }],
      [EXPOSITION, self],
      [SERIES_STORE, series],
      [SPAN_STORE, spans],
      [LEDGER_STORE, ingest.ledger],
      [ADMIN_ACCESS, { admin: config.server.adminApi ? series : undefined }],
      [STATUS_SOURCE, stackStatus(reload, series, ingest.scraper, clock)],
      [PROMQL_ENGINE, engine],
      [REPORTS, reports],
      [REPORT_SCHEDULER, scheduler],
      [RULES_ENGINE, rules],
      [ALERTING, alerting],
      [RUNBOOKS, readRunbookFiles(config.directory)],
      [DASHBOARDS, readDashboards(shippedFolder('dashboards', config.directory), logger)],
      [
        CONTENT_LOG,
        new ContentLog(({ by, traceId, spanId, keys }) =>
          logger.info('content was shown', { by, traceId, spanId, keys: keys.join(' ') }),
        ),
      ],
      [UI_ASSETS, new UiAssets(join(packageRoot, 'dist', 'ui', 'static'))],
      [RELOAD, () => reload.run()],
      ...ingest.bindings,
    ],
  };
}

/** The Alertmanager configuration that is named, as it stands on disk. */
function alertmanagerFileOf({ alertmanager, directory }: StackConfig): {
  alertmanagerFile?: { path: string; text: string };
} {
  if (alertmanager.config === undefined) return {};
  const path = resolve(directory, alertmanager.config);
  return { alertmanagerFile: { path, text: readFileSync(path, 'utf8') } };
}

/**
 * The configuration's patterns and the command line's. Where the configuration names none, files of the command line stand
 * alone, and without them the shipped packs are evaluated.
 */
function rulePatterns({ rules, extraRules, directory }: StackConfig): string[] {
  const namesNone = rules.files.length === 1 && rules.files[0] === DEFAULT_RULES;
  const own = existsSync(join(directory, 'alerts')) ? join(directory, DEFAULT_RULES) : join(packageRoot, DEFAULT_RULES);
  const named = !namesNone ? rules.files : extraRules.length > 0 ? [] : [own];
  return [...named, ...extraRules].map((pattern) => (isAbsolute(pattern) ? pattern : resolve(directory, pattern)));
}
