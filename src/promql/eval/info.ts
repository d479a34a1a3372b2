import { METADATA_LABELS, METRIC_NAME } from '../../domain/labels';
import type { Labels } from '../../domain/labels';
import { Matcher } from '../../domain/matcher';
import type { Call, DurationExpr } from '../ast';
import { PromqlExecutionError } from '../errors';
import { quote } from '../syntax/strings';
import { copyCell, NONE } from './block';
import type { Steps, VectorBlock } from './block';
import type { QueryEnvironment } from './environment';
import { infoReference } from './info-reference';
import { evalInstantSelector } from './instant-selector';
import type { PartEvaluator } from './range-call';

/** Labels that tell which info series belongs to a series. */
const IDENTIFYING = ['instance', 'job'] as const;

/** `info`: adds the labels of info series with the same instance and job. */
export async function evalInfo(parts: PartEvaluator, call: Call, steps: Steps): Promise<VectorBlock> {
  const { environment } = parts;
  const [arg, selector] = call.args;
  if (arg === undefined) throw new PromqlExecutionError('info needs a vector');
  const base = await parts.vector(arg, steps);
  const matchers = selector?.kind === 'vector' ? selector.matchers : [];
  const nameMatchers = effectiveNameMatchers(matchers.filter(({ name }) => name === METRIC_NAME));
  const dataMatchers = matchers.filter(({ name }) => name !== METRIC_NAME);
  const isInfo = base.labels.map((labels) => nameMatchers.every((matcher) => matcher.matchesValue(labels.metricName)));
  const infoBlock = await selectInfo(environment, call, base, isInfo, [...nameMatchers, ...dataMatchers], steps);
  return combineInfo(environment, base, isInfo, infoBlock, dataMatchers);
}

function effectiveNameMatchers(matchers: readonly Matcher[]): readonly Matcher[] {
  if (matchers.some(({ operator }) => operator === '=' || operator === '=~')) return matchers;
  if (matchers.length > 0) return [new Matcher(METRIC_NAME, '=~', '.+_info'), ...matchers];
  return [new Matcher(METRIC_NAME, '=', 'target_info')];
}

/** The times of the newest info samples, by series. */
async function selectInfo(
  environment: QueryEnvironment,
  call: Call,
  base: VectorBlock,
  isInfo: readonly boolean[],
  matchers: readonly Matcher[],
  steps: Steps,
): Promise<VectorBlock> {
  const identities = base.labels.filter((labels, row) => isInfo[row] !== true && identityOf(labels) !== '');
  if (identities.length === 0) return environment.newVector([], steps.count);
  const identifying = IDENTIFYING.map((name) => {
    const values = [...new Set(identities.map((labels) => labels.get(name)))].map(escapeRegex);
    return new Matcher(name, '=~', values.join('|'));
  });
  const offsetOf = (offsets: readonly DurationExpr[]): number =>
    offsets.reduce((sum, own) => sum + environment.millis(own, true), 0);
  const reference = infoReference(call.args[0] ?? call, (at, offsets) => environment.instantOf(at) - offsetOf(offsets));
  const offset = offsetOf(reference.offsets);
  const shifted = reference.at === undefined ? steps.start : environment.instantOf(reference.at);
  const isFixed = reference.at !== undefined;
  const selected = await evalInstantSelector(
    environment,
    {
      kind: 'vector',
      name: '',
      matchers: [...identifying, ...matchers],
      offset: undefined,
      at: undefined,
      start: call.start,
      end: call.end,
    },
    { start: shifted - offset, step: isFixed ? 0 : steps.step, count: steps.count },
    'floatTime',
  );
  if (selected.histograms !== undefined) {
    throw new PromqlExecutionError('an info metric must have float samples, but a histogram was found');
  }
  return selected;
}

function identityOf(labels: Labels): string {
  const instance = labels.get('instance');
  const job = labels.get('job');
  return instance === '' && job === '' ? '' : `${instance}\u{ff}${job}`;
}

function escapeRegex(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}

function combineInfo(
  environment: QueryEnvironment,
  base: VectorBlock,
  isInfo: readonly boolean[],
  info: VectorBlock,
  dataMatchers: readonly Matcher[],
): VectorBlock {
  const { steps } = base;
  const wanted = new Set(dataMatchers.map(({ name }) => name));
  const needsInfo = dataMatchers.some(({ matchesEmpty }) => !matchesEmpty);
  const rowsByIdentity = new Map<string, number[]>();
  info.labels.forEach((labels, row) => {
    const identity = identityOf(labels);
    const rows = rowsByIdentity.get(identity);
    if (rows === undefined) rowsByIdentity.set(identity, [row]);
    else rows.push(row);
  });
  const rowOf = new Map<string, number>();
  const outputLabels: Labels[] = [];
  const drops: number[] = [];
  const cells: { from: number; row: number; step: number }[] = [];
  const taken = new Set<string>();
  for (let row = 0; row < base.labels.length; row++) {
    const own = base.labels[row];
    if (own === undefined) continue;
    const partners = isInfo[row] === true ? [] : (rowsByIdentity.get(identityOf(own)) ?? []);
    for (let step = 0; step < steps; step++) {
      const from = row * steps + step;
      if (base.kinds[from] === NONE) continue;
      let labels = own;
      if (isInfo[row] !== true) {
        const newest = newestByName(info, partners, step);
        if (newest.size === 0 && needsInfo) continue;
        labels = enriched(own, [...newest.values()], wanted);
      }
      let target = rowOf.get(labels.key);
      if (target === undefined) {
        target = outputLabels.push(labels) - 1;
        rowOf.set(labels.key, target);
        drops.push(base.drop?.[row] ?? 0);
      }
      const key = `${target}:${step}`;
      if (taken.has(key)) throw new PromqlExecutionError('vector cannot contain metrics with the same labelset');
      taken.add(key);
      cells.push({ from, row: target, step });
    }
  }
  const output = environment.newVector(outputLabels, steps);
  if (base.drop !== undefined) output.drop = Uint8Array.from(drops);
  for (const { from, row, step } of cells) copyCell(base, from, output, row * steps + step);
  return output;
}

/** Of each info metric the series with the newest sample. */
function newestByName(info: VectorBlock, rows: readonly number[], step: number): Map<string, Labels> {
  const newest = new Map<string, { labels: Labels; t: number }>();
  for (const row of rows) {
    const cell = row * info.steps + step;
    const labels = info.labels[row];
    if (info.kinds[cell] === NONE || labels === undefined) continue;
    const t = info.values[cell] ?? 0;
    const known = newest.get(labels.metricName);
    if (known !== undefined && known.t === t) {
      throw new PromqlExecutionError(
        `found duplicate series for info metric: existing ${text(known.labels)} @ ${t}, new ${text(labels)} @ ${t}`,
      );
    }
    if (known === undefined || known.t < t) newest.set(labels.metricName, { labels, t });
  }
  return new Map([...newest].map(([name, { labels }]) => [name, labels]));
}

function text(labels: Labels): string {
  return `{${[...labels].map(([name, value]) => `${name}=${quote(value)}`).join(', ')}}`;
}

function enriched(own: Labels, infos: readonly Labels[], wanted: ReadonlySet<string>): Labels {
  const added = new Map<string, string>();
  for (const info of infos) {
    for (const [name, value] of info) {
      if (METADATA_LABELS.includes(name) || (wanted.size > 0 && !wanted.has(name))) continue;
      const known = added.get(name);
      if (known !== undefined && known !== value) throw new PromqlExecutionError(`conflicting label: ${name}`);
      if (!own.has(name)) added.set(name, value);
    }
  }
  return added.size === 0 ? own : own.with(Object.fromEntries(added));
}
