import type { z } from 'zod';
import type { Millis } from '../../base/clock';
import type { TypedReader } from '../yaml/typed-reader';
import type { YamlNode } from '../yaml/yaml-tree';

/** What a kind is told of the rule around it. */
export interface KindContext {
  /** The rule's `alert`. */
  readonly alert: string;
  readonly reader: TypedReader;
  /** The rule's own `for`; a kind has a default of its own. */
  readonly holdFor: Millis | undefined;
}

/** One Prometheus rule that a kind compiles to: a recording rule where `record` is set, else an alert. */
export interface CompiledRule {
  readonly alert: string;
  readonly record?: string;
  readonly expr: string;
  readonly holdFor: Millis;
  readonly keepFiringFor: Millis;
  /** Defaults; the rule's own win. */
  readonly labels: Readonly<Record<string, string>>;
  /** Win over the rule's own. */
  readonly fixedLabels?: Readonly<Record<string, string>>;
  /** Defaults; the rule's own win. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly explanation: string;
  readonly threshold?: string;
  readonly thresholdValue?: number;
  readonly measured?: string;
  readonly contributors?: string;
}

/** A way of writing a rule without PromQL. */
export interface RuleKind {
  /** The key in the rule. */
  readonly name: string;
  readonly doc: string;
  /** A rule worth copying. */
  readonly example: string;
  /** The schema of its fields, for editors. */
  readonly fields: z.ZodType;
  /** The rules it stands for; undefined where the fields are wrong (the reader then holds the problems). */
  compile(node: YamlNode, context: KindContext): CompiledRule[] | undefined;
}
