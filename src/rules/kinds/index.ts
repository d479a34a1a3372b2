import { Registry } from '../../base/registry';
import { absence } from './absence';
import { anomaly } from './anomaly';
import { cache } from './cache';
import { cpu } from './cpu';
import { disk } from './disk';
import { errors } from './errors';
import type { RuleKind } from './kind';
import { latency } from './latency';
import { memory } from './memory';
import { pool } from './pool';
import { slo } from './slo';
import { throughput } from './throughput';
import { cost, tokenBurn } from './tokens';

/** All high-level kinds, by the key that stands for `expr`. */
export const ruleKinds = new Registry<RuleKind>('rule kind', [
  latency,
  pool,
  memory,
  disk,
  cpu,
  errors,
  tokenBurn,
  cost,
  cache,
  throughput,
  absence,
  slo,
  anomaly,
]);
