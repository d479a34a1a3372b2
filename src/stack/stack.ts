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
import type { ContentShownBody } from '../contracts/trace-search';
import { EXPOSITION, READINESS } from '../http/health/health.controller';
import { STATUS_SOURCE } from '../http/prometheus';
import { RELOADABLES } from '../http/rules';
import { DASHBOARDS } from '../http/stack/dashboards.controller';
import { CONTENT_SHOWN } from '../http/stack/trace-detail.controller';
import { UI_ASSETS } from '../http/ui/ui.controller';
import { UiAssets } from '../http/ui/ui-assets';
import { PROMQL_ENGINE, PromqlEngine } from '../promql';
import { REPORT_DATA, StackFacts } from '../reports';
import { RULES_ENGINE, RulesEngine } from '../rules';
import { SqliteSpanStore, SqliteStateStore } from '../spandb';
import { LEDGER_STORE, SERIES_STORE, SPAN_STORE } from '../storage';
import { TsdbSeriesStore } from '../tsdb';
import type { Binding } from './binding';
import { courseOf } from './alert-evidence';
import { overdueRules } from './watchfulness';
import { readDashboards } from './dashboards';
import { buildIngest } from './ingest';
import { SelfObservation } from './self-observation';
import { packageRoot, packageVersion, shippedFolder } from './shipped';
import { stackStatus } from './status';

/** What `rules.files` is when nothing is configured. */
const DEFAULT_RULES = 'alerts/*.yml';

/** What a stack is built with beside its configuration. */
export interface StackSurroundings {
  readonly clock: Clock;
  readonly logger: Logger;
}

/** All parts of a stack, built and not yet started. */
export interface Stack {
  readonly lifecycle: Lifecycle;
  readonly bindings: readonly Binding[];
  /** Handlers that take requests with binary bodies; they pass on what is not theirs. */
  readonly rawBodies: readonly RequestHandler[];
  /** The address people reach us at. */
  readonly externalUrl: string;
  setReady(ready: boolean): void;
}

/**
 * Builds the parts in the order in which they need each other, and puts them into the phases of the lifecycle.
 * @throws InvalidConfigError, InvalidAlertingConfigError when a named file is not usable.
 */
export function createStack(config: StackConfig, { clock, logger }: StackSurroundings): Stack {
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

  const alertmanagerPath =
    config.alertmanager.config === undefined ? undefined : resolve(config.directory, config.alertmanager.config);
  const readAlertmanager = (): { alertmanagerFile?: { path: string; text: string } } =>
    alertmanagerPath === undefined
      ? {}
      : { alertmanagerFile: { path: alertmanagerPath, text: readFileSync(alertmanagerPath, 'utf8') } };
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
    ...readAlertmanager(),
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

  let ready = false;
  return {
    lifecycle,
    externalUrl,
    rawBodies: ingest.rawBodies,
    setReady: (value) => void (ready = value),
    bindings: [
      [CLOCK, clock],
      [READINESS, { isReady: () => ready }],
      [EXPOSITION, self],
      [SERIES_STORE, series],
      [SPAN_STORE, spans],
      [LEDGER_STORE, ingest.ledger],
      [STATUS_SOURCE, stackStatus(config, series, ingest.scraper, clock)],
      [PROMQL_ENGINE, engine],
      [REPORT_DATA, new StackFacts({ ledger: ingest.ledger, spans, engine })],
      [RULES_ENGINE, rules],
      [ALERTING, alerting],
      [DASHBOARDS, readDashboards(shippedFolder('dashboards', config.directory), logger)],
      [
        CONTENT_SHOWN,
        ({ by, traceId, spanId, keys }: ContentShownBody) =>
          logger.info('content of a span was shown', { by, traceId, spanId, keys: keys.join(' ') }),
      ],
      [UI_ASSETS, new UiAssets(join(packageRoot, 'dist', 'ui', 'static'))],
      [
        RELOADABLES,
        [
          { name: 'rules', reload: () => rules.reload() },
          { name: 'alerting', reload: async () => alerting.reload({ config: config.alerting, ...readAlertmanager() }) },
        ],
      ],
      ...ingest.bindings,
    ],
  };
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
