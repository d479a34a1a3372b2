/** Colours of the classes of tokens, the same wherever they are drawn; reasoning is a part of output. */
export const TOKEN_COLORS = {
  uncached: '#56b4e9',
  'cache read': '#2fbf8f',
  'cache write': '#e69f00',
  output: '#cc79a7',
  reasoning: '#9aa7ff',
} as const;

/** The four that add up to a call's total. */
export const CLASS_COLORS = {
  uncached: TOKEN_COLORS.uncached,
  'cache read': TOKEN_COLORS['cache read'],
  'cache write': TOKEN_COLORS['cache write'],
  output: TOKEN_COLORS.output,
} as const;

/** Which colour is which class. */
export function TokenLegend() {
  return (
    <span class="legend token-legend">
      {Object.entries(CLASS_COLORS).map(([name, color]) => (
        <span key={name}>
          <span class="swatch" style={{ background: color }} />
          {name}
        </span>
      ))}
    </span>
  );
}

export interface TokenBarProps {
  readonly tokens: {
    readonly uncached: number | null;
    readonly cacheRead: number | null;
    readonly cacheWrite: number | null;
    readonly output: number | null;
  };
}

/** Tokens by class as one bar; what was not reported is not drawn. */
export function TokenBar({ tokens }: TokenBarProps) {
  const parts = [
    ['uncached', tokens.uncached],
    ['cache read', tokens.cacheRead],
    ['cache write', tokens.cacheWrite],
    ['output', tokens.output],
  ] as const;
  const label = parts
    .map(([name, count]) => `${name} ${count === null ? 'not reported' : count.toLocaleString('en-US')}`)
    .join(', ');
  return (
    <div class="token-bar" role="img" aria-label={label} title={label}>
      {parts.map(([name, count]) =>
        count === null || count === 0 ? null : (
          <i key={name} style={{ flexGrow: count, background: TOKEN_COLORS[name] }} />
        ),
      )}
    </div>
  );
}
