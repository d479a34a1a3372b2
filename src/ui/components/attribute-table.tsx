/** Attributes by name. Text from telemetry stays text. */
export function AttributeTable({ values }: { readonly values: Readonly<Record<string, string>> }) {
  const names = Object.keys(values).sort();
  if (names.length === 0) return <p class="muted small">none</p>;
  return (
    <dl class="attributes small">
      {names.map((name) => (
        <div key={name}>
          <dt class="mono muted">{name}</dt>
          <dd class="mono">{values[name] === '' ? <span class="muted">(empty)</span> : values[name]}</dd>
        </div>
      ))}
    </dl>
  );
}
