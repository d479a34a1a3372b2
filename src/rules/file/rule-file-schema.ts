import { z } from 'zod';
import { ruleKinds } from '../kinds';

const DURATION = { type: 'string', pattern: '^(0|(\\d+y)?(\\d+w)?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?(\\d+ms)?)$' };
const TEXTS = { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean'] } };

/** The JSON Schema (2020-12) of rule files, kinds included: editors complete and check with it. */
export function ruleFileSchema(): Record<string, unknown> {
  const kinds = Object.fromEntries(
    [...ruleKinds].map(({ name, doc, example, fields }) => [
      name,
      { ...z.toJSONSchema(fields, { io: 'input', unrepresentable: 'any' }), description: doc, examples: [example] },
    ]),
  );
  for (const schema of Object.values(kinds)) delete schema['$schema'];
  const rule = {
    type: 'object',
    additionalProperties: false,
    properties: {
      alert: { type: 'string', description: 'The name of an alerting rule.' },
      record: { type: 'string', description: 'The name of the series that a recording rule writes.' },
      expr: { type: ['string', 'number'], description: 'PromQL.' },
      for: { ...DURATION, description: 'How long the expression must have a result before the alert fires.' },
      keep_firing_for: { ...DURATION, description: 'How long the alert goes on after the last result.' },
      labels: { ...TEXTS, description: 'Added to every result; templates in alerting rules.' },
      annotations: { ...TEXTS, description: 'Texts for people; templates.' },
      ...kinds,
    },
    oneOf: [{ required: ['alert'] }, { required: ['record'] }],
    anyOf: [{ required: ['expr'] }, ...ruleKinds.names.map((name) => ({ required: [name] }))],
  };
  const group = {
    type: 'object',
    additionalProperties: false,
    required: ['name'],
    properties: {
      name: { type: 'string', minLength: 1, description: 'Unique within the file.' },
      interval: { ...DURATION, description: 'Time between two evaluations.' },
      query_offset: { ...DURATION, description: 'How far evaluations look into the past.' },
      limit: { type: 'integer', description: 'Most alerts or series of one rule; 0 is without limit.' },
      labels: { ...TEXTS, description: 'Added to every rule of the group.' },
      rules: { type: ['array', 'null'], items: rule },
    },
  };
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Telltale rule file',
    type: ['object', 'null'],
    additionalProperties: false,
    properties: { groups: { type: ['array', 'null'], items: group } },
  };
}
