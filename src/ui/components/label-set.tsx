import type { LabelSet } from '../api/prometheus';

/** Labels as `name="value"`; those in `without` are left out. */
export function LabelList({
  labels,
  without = [],
}: {
  readonly labels: LabelSet;
  readonly without?: readonly string[];
}) {
  return (
    <div class="labels">
      {Object.entries(labels)
        .filter(([name]) => !without.includes(name))
        .map(([name, value]) => (
          <span key={name} class="label">{`${name}="${value}"`}</span>
        ))}
    </div>
  );
}
