import type { CommandDefinition } from '../command';
import { importVerb } from '../stack-verbs';
import { exportAlertmanagerTarget } from './alertmanager-export';
import { backtest } from './backtest';
import { check } from './check';
import { compare } from './compare';
import { config } from './config';
import { demo } from './demo/demo';
import { doctor } from './doctor';
import { explain } from './explain';
import { withExplainAlert } from './explain-alert';
import { exportPrometheusTarget, exportWith } from './export';
import { query } from './query';
import { report } from './report';
import { schema } from './schema';
import { serve } from './serve';
import { silence } from './silence';
import { test } from './test';
import { whatif } from './whatif';

/** All verbs, in the order of the help text. */
export const commands: readonly CommandDefinition[] = [
  serve,
  demo,
  check,
  test,
  withExplainAlert(explain),
  backtest,
  exportWith([exportPrometheusTarget, exportAlertmanagerTarget]),
  silence,
  query,
  report,
  compare,
  whatif,
  importVerb,
  doctor,
  config,
  schema,
];
