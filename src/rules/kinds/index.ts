import { Registry } from '../../base/registry';
import type { RuleKind } from './kind';

/** All high-level kinds, by the key that stands for `expr`. */
export const ruleKinds = new Registry<RuleKind>('rule kind', []);
