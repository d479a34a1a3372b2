import { createHash } from 'node:crypto';
import { ROOT_CONTEXT, SpanKind, TraceFlags, diag, trace } from '@opentelemetry/api';
import { samplerOf } from './sampler';
import type { TelemetryEnvironment } from './environment';
import type { StageRatios } from './stage-sampler';
import type { Context } from '@opentelemetry/api';
import type { Sampler } from '@opentelemetry/sdk-trace-base';

/** Trace ids spread evenly over what ratios are taken of. */
const IDS = Array.from({ length: 1_000 }, (_, at) => createHash('md5').update(String(at)).digest('hex'));

function parent(flags: TraceFlags, isRemote: boolean, traceId: string): Context {
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId: '1'.repeat(16), traceFlags: flags, isRemote });
}

/** The share that is kept of traces that begin here, of sampled parents' and of unsampled parents' children. */
function shares(sampler: Sampler, attributes = {}): [root: number, ofSampled: number, ofUnsampled: number] {
  const share = (within: (id: string) => Context): number =>
    IDS.filter((id) => sampler.shouldSample(within(id), id, 'n', SpanKind.INTERNAL, attributes, []).decision === 2)
      .length / IDS.length;
  return [
    share(() => ROOT_CONTEXT),
    share((id) => parent(TraceFlags.SAMPLED, true, id)),
    share((id) => parent(TraceFlags.NONE, false, id)),
  ];
}

let warnings: string[] = [];
beforeEach(() => {
  warnings = [];
  const nothing = (): void => {};
  diag.setLogger(
    { error: nothing, info: nothing, debug: nothing, verbose: nothing, warn: (text) => void warnings.push(text) },
    { suppressOverrideMessage: true },
  );
});
afterAll(() => diag.disable());

const SOME = 0.25;

test.each<[name: string, arg: string | undefined, root: number, sampled: number, unsampled: number, warned: number]>([
  ['always_on', undefined, 1, 1, 1, 0],
  ['always_off', undefined, 0, 0, 0, 0],
  ['traceidratio', '0.25', SOME, SOME, SOME, 0],
  ['traceidratio', '0', 0, 0, 0, 0],
  ['traceidratio', '1', 1, 1, 1, 0],
  ['traceidratio', undefined, 1, 1, 1, 0],
  ['traceidratio', '', 1, 1, 1, 0],
  ['traceidratio', ' 0.25 ', SOME, SOME, SOME, 0],
  ['traceidratio', 'half', 1, 1, 1, 1],
  ['traceidratio', '1.5', 1, 1, 1, 1],
  ['traceidratio', '-0.1', 1, 1, 1, 1],
  ['traceidratio', 'NaN', 1, 1, 1, 1],
  ['parentbased_always_on', undefined, 1, 1, 0, 0],
  ['parentbased_always_off', undefined, 0, 1, 0, 0],
  ['parentbased_traceidratio', '0.25', SOME, 1, 0, 0],
  ['parentbased_traceidratio', 'x', 1, 1, 0, 1],
  ['xray', undefined, 1, 1, 0, 1],
  ['jaeger_remote', 'endpoint=http://localhost', 1, 1, 0, 1],
  ['', undefined, 1, 1, 0, 0],
])('OTEL_TRACES_SAMPLER=%s, argument %s', (name, arg, root, sampled, unsampled, warned) => {
  const environment: TelemetryEnvironment = { OTEL_TRACES_SAMPLER: name, OTEL_TRACES_SAMPLER_ARG: arg };
  const got = shares(samplerOf(environment, undefined, undefined));
  for (const [at, want] of [root, sampled, unsampled].entries()) {
    if (want === SOME) {
      expect(got[at]).toBeGreaterThan(0.2);
      expect(got[at]).toBeLessThan(0.3);
    } else expect(got[at]).toBe(want);
  }
  expect(warnings).toHaveLength(warned);
  if (warned > 0) expect(warnings[0]).toContain('OTEL_TRACES_SAMPLER');
});

test('nothing set keeps every trace that begins here, and does as the parent does', () => {
  expect(shares(samplerOf({}, undefined, undefined))).toEqual([1, 1, 0]);
});

test('what is given in code wins over the environment', () => {
  const environment = { OTEL_TRACES_SAMPLER: 'always_off' };
  expect(shares(samplerOf(environment, 1, undefined))).toEqual([1, 1, 0]);
  const own: Sampler = { shouldSample: () => ({ decision: 2 }), toString: () => 'own' };
  expect(samplerOf(environment, own, undefined)).toBe(own);
  expect(samplerOf(environment, own, {})).toBe(own);
});

describe('shares of stages', () => {
  const ratios: StageRatios = { tool: 0.25, parsing: 0 };
  const tool = { 'telltale.stage': 'tool' };

  test('thin out their own stage alone, and the same traces everywhere', () => {
    const sampler = samplerOf({}, undefined, ratios);
    const [root] = shares(sampler, tool);
    expect(root).toBeGreaterThan(0.2);
    expect(root).toBeLessThan(0.3);
    expect(shares(sampler, { 'telltale.stage': 'parsing' })).toEqual([0, 0, 0]);
    expect(shares(sampler, { 'telltale.stage': 'inference' })).toEqual([1, 1, 0]);
    expect(shares(sampler)).toEqual([1, 1, 0]);
    const kept = (one: Sampler): string[] =>
      IDS.filter((id) => one.shouldSample(ROOT_CONTEXT, id, 'n', SpanKind.INTERNAL, tool, []).decision === 2);
    expect(kept(samplerOf({}, undefined, ratios))).toEqual(kept(sampler));
  });

  test('never keep what the base leaves out, and say what they are', () => {
    const sampler = samplerOf({ OTEL_TRACES_SAMPLER: 'always_off' }, undefined, { tool: 1 });
    expect(shares(sampler, tool)).toEqual([0, 0, 0]);
    expect(String(sampler)).toBe('StageSampler{{"tool":1}, AlwaysOffSampler}');
  });
});
