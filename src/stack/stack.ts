import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import type { RequestHandler } from 'express';
import { Alerting, ALERTING } from '../alerting';
import { CLOCK } from '../base/clock';
import type { Clock } from '../base/clock';
import { systemRandom } from '../base/ids';
import { Lifecycle } from '../base/lifecycle';
import type { Logger } from '../base/logger';
import type { StackConfig } from '../config';
import { EXPOSITION, READINESS } from '../http/health/health.controller';
import { RELOADABLES } from '../http/rules';
import type { Reloadable } from '../http/rules';
import { DASHBOARDS } from '../http/stack/dashboards.controller';
import { UI_ASSETS } from '../http/ui/ui.controller';
import { UiAssets } from '../http/ui/ui-assets';
import { PROMQL_ENGINE, PromqlEngine } from '../promql';
import { RULES_ENGINE, RulesEngine } from '../rules';
import { SqliteSpanStore, SqliteStateStore } from '../spandb';
import { SERIES_STORE, SPAN_STORE } from '../storage';
import { TsdbSeriesStore } from '../tsdb';
import { readDashboards } from './dashboards';
import { SelfObservation } from './self-observation';
import { packageRoot, shippedFolder } from './shipped';

/** What a stack is built with beside its configuration. */
export interface StackParts {
  readonly clock: Clock;
  readonly logger: Logger;
}
