import type { CommandDefinition } from '../command';
import { importVerb } from '../stack-verbs';
import { backtest } from './backtest';
import { check } from './check';
import { config } from './config';
import { demo } from './demo/demo';
import { doctor } from './doctor';
import { explain } from './explain';
import { exportPrometheusTarget, exportWith } from './export';
import { query } from './query';
import { schema } from './schema';
import { serve } from './serve';
import { test } from './test';

/** All verbs, in the order of the help text. */
export const commands: readonly CommandDefinition[] = [
  serve,
  demo,
  check,
  test,
  explain,
  backtest,
  exportWith([exportPrometheusTarget]),
  query,
  importVerb,
  doctor,
  config,
  schema,
];
