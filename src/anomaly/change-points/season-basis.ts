/** How a repeating pattern is described: waves of a period and its fractions, or one figure per phase. */
export type SeasonBasis =
  | { readonly kind: 'waves'; readonly columns: readonly Float64Array[] }
  | { readonly kind: 'phases'; readonly phases: Int32Array; readonly count: number };

/** Sine and cosine of the period and of its fractions down to the `harmonics`-th. */
export function wavesOf(times: Float64Array, period: number, harmonics: number): SeasonBasis {
  const columns: Float64Array[] = [];
  for (let order = 1; order <= harmonics; order++) {
    const angle = (2 * Math.PI * order) / period;
    columns.push(
      times.map((t) => Math.sin(angle * t)),
      times.map((t) => Math.cos(angle * t)),
    );
  }
  return { kind: 'waves', columns };
}

/** Waves whose height grows or shrinks along `axis`, as those of a series do that grows as a whole. */
export function growing(waves: SeasonBasis, axis: Float64Array): SeasonBasis {
  if (waves.kind !== 'waves') return waves;
  const grown = waves.columns.map((column) => column.map((value, at) => value * (axis[at] ?? 0)));
  return { kind: 'waves', columns: [...waves.columns, ...grown] };
}

/** One figure for each of the period's steps. */
export function phasesOf(times: Float64Array, period: number, step: number): SeasonBasis {
  const count = Math.max(1, Math.round(period / step));
  const phases = Int32Array.from(times, (t) => {
    const share = (((t % period) + period) % period) / period;
    return Math.round(share * count) % count;
  });
  return { kind: 'phases', phases, count };
}

/** Parameters the pattern has; neighbouring phases go together, so each counts half. */
export function sizeOf(basis: SeasonBasis | undefined): number {
  if (basis === undefined) return 0;
  return basis.kind === 'waves' ? basis.columns.length : (basis.count - 1) / 2;
}

/** Means of the residuals by phase, less their mean. */
export function phaseMeans(residuals: Float64Array, phases: Int32Array, count: number): Float64Array {
  const sums = new Float64Array(count);
  const counts = new Float64Array(count);
  for (let at = 0; at < residuals.length; at++) {
    const phase = phases[at] ?? 0;
    sums[phase] = (sums[phase] ?? 0) + (residuals[at] ?? 0);
    counts[phase] = (counts[phase] ?? 0) + 1;
  }
  const means = sums.map((sum, phase) => ((counts[phase] ?? 0) > 0 ? sum / (counts[phase] ?? 1) : 0));
  let mean = 0;
  for (const phase of phases) mean += (means[phase] ?? 0) / phases.length;
  return means.map((value) => value - mean);
}
