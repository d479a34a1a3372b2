import { createHash } from 'node:crypto';
import { Labels } from '../../../domain/labels';
import { anchoredRegex } from '../../../domain/regex';
import { anchoredRewrite } from '../../../domain/regex-rewrite';
import type { RelabelRule } from './relabel.config';

/** Changes a label set in place; false when what has it is to be dropped. */
type Step = (labels: Map<string, string>) => boolean;

/** Changes label sets; undefined says that what has the labels is dropped. */
export type Relabel = (labels: Labels) => Labels | undefined;

/** Makes one of the rules, which apply in order. A label set to the empty text is removed. */
export function relabeller(rules: readonly RelabelRule[]): Relabel {
  if (rules.length === 0) return (labels) => labels;
  const steps = rules.map(stepOf);
  return (labels) => {
    const own = new Map<string, string>(labels);
    return steps.every((step) => step(own)) ? Labels.of(own) : undefined;
  };
}

function stepOf(rule: RelabelRule): Step {
  const { action, source_labels: sources, separator, target_label: target, regex } = rule;
  const valueOf = (labels: Map<string, string>): string =>
    sources.map((name) => labels.get(name) ?? '').join(separator);
  const setTo =
    (make: (value: string) => string): Step =>
    (labels) => {
      set(labels, target, make(valueOf(labels)));
      return true;
    };
  switch (action) {
    case 'keep':
    case 'drop': {
      const matches = anchoredRegex(regex);
      return (labels) => matches(valueOf(labels)) === (action === 'keep');
    }
    case 'keepequal':
      return (labels) => (labels.get(target) ?? '') === valueOf(labels);
    case 'dropequal':
      return (labels) => (labels.get(target) ?? '') !== valueOf(labels);
    case 'lowercase':
      return setTo((value) => value.toLowerCase());
    case 'uppercase':
      return setTo((value) => value.toUpperCase());
    case 'hashmod':
      return setTo((value) => hashOf(value, rule.modulus));
    case 'replace': {
      const nameFrom = anchoredRewrite(regex, target);
      const valueFrom = anchoredRewrite(regex, rule.replacement);
      return (labels) => {
        const value = valueOf(labels);
        const name = nameFrom(value);
        // No match, or a name that came out empty: nothing happens.
        if (name !== undefined && name !== '') set(labels, name, valueFrom(value) ?? '');
        return true;
      };
    }
    case 'labelmap': {
      const nameFrom = anchoredRewrite(regex, rule.replacement);
      return (labels) => {
        for (const [name, value] of [...labels]) {
          const other = nameFrom(name);
          if (other !== undefined && other !== '') set(labels, other, value);
        }
        return true;
      };
    }
    case 'labeldrop':
    case 'labelkeep': {
      const matches = anchoredRegex(regex);
      return (labels) => {
        for (const name of [...labels.keys()]) if (matches(name) === (action === 'labeldrop')) labels.delete(name);
        return true;
      };
    }
  }
}

function set(labels: Map<string, string>, name: string, value: string): void {
  if (value === '') labels.delete(name);
  else labels.set(name, value);
}

/** The last eight bytes of the MD5 of the text, as one number, modulo `modulus`; so that shards agree with Prometheus'. */
function hashOf(text: string, modulus: number): string {
  const digest = createHash('md5').update(text, 'utf8').digest();
  return String(digest.readBigUInt64BE(8) % BigInt(modulus));
}
