import { Registry } from '../../base/registry';
import { conversions } from './conversions';
import type { FunctionDefinition } from './function';
import { histograms } from './histograms';
import { labelFunctions } from './labels';
import { math } from './math';
import { overTime } from './over-time';
import { rates } from './rate';
import { time } from './time';
import { trends } from './trend';

/** Every function of the language. */
export const functions = new Registry<FunctionDefinition>('PromQL function', [
  ...rates,
  ...overTime,
  ...trends,
  ...math,
  ...time,
  ...histograms,
  ...labelFunctions,
  ...conversions,
]);
