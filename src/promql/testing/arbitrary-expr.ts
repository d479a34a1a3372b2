import fc from 'fast-check';

/** Texts of expressions that parse, of all kinds of nodes. */
export const exprText: fc.Arbitrary<string> = fc.letrec<{ vector: string; scalar: string }>((tie) => {
  const label = fc.constantFrom('job', 'instance', 'le', '"a.b"', '"é"');
  const value = fc.string({ maxLength: 6 }).map((text) => JSON.stringify(text));
  const matcher = fc.tuple(label, fc.constantFrom('=', '!='), value).map((parts) => parts.join(''));
  const regex = fc.tuple(label, fc.constantFrom('=~', '!~'), fc.constantFrom('"a.*"', '"x|y"')).map((p) => p.join(''));
  const duration = fc.constantFrom('5m', '1h30m', '90s', '300', '2 * step()', 'max_of(1m, range() / 2)', '-(-5m)');
  const offset = fc.constantFrom('', ' offset 5m', ' offset -90s', ' offset step()');
  const at = fc.constantFrom('', ' @ 1.5', ' @ -3', ' @ start()', ' @ end()');
  const shift = fc.tuple(at, offset).map((parts) => parts.join(''));
  const names = fc.array(label, { maxLength: 2 }).map((list) => `(${[...new Set(list)].join(', ')})`);
  const selector = fc
    .tuple(fc.constantFrom('up', 'http:rate5m', 'sum', 'offset'), fc.array(fc.oneof(matcher, regex), { maxLength: 3 }))
    .map(([name, matchers]) => `${name}{${matchers.join(',')}}`);
  const range = fc.oneof(
    fc.tuple(selector, duration, shift).map(([own, width, moved]) => `${own}[${width}]${moved}`),
    fc.tuple(tie('vector'), duration, shift).map(([own, width, moved]) => `(${own})[${width}:1m]${moved}`),
  );
  return {
    vector: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.tuple(selector, shift).map((parts) => parts.join('')),
      fc
        .tuple(fc.constantFrom('rate', 'avg_over_time', 'changes', 'absent_over_time'), range)
        .map(([f, own]) => `${f}(${own})`),
      fc
        .tuple(fc.constantFrom('abs', 'sort', 'timestamp', '-', '+', ''), tie('vector'))
        .map(([f, own]) => `${f}(${own})`),
      fc
        .tuple(fc.constantFrom('sum', 'count', 'group'), fc.constantFrom('', 'by', 'without'), names, tie('vector'))
        .map(([op, clause, own, inner]) => `${op} ${clause === '' ? '' : clause + own}(${inner})`),
      fc.tuple(tie('scalar'), tie('vector')).map(([k, inner]) => `topk(${k}, ${inner})`),
      fc
        .tuple(
          tie('vector'),
          fc.constantFrom('+', '-', '*', '/', '%', '^', 'atan2', '== bool', '>', '</'),
          tie('scalar'),
        )
        .map((parts) => parts.join(' ')),
      fc
        .tuple(
          tie('vector'),
          fc.constantFrom('+', '!=', '> bool', '/'),
          fc.constantFrom(
            '',
            'on (job)',
            'ignoring (job)',
            'on (job) group_left (le)',
            'ignoring () group_right ()',
            'fill (0)',
          ),
          tie('vector'),
        )
        .map(([left, op, matching, right]) => `(${left}) ${op} ${matching} (${right})`),
      fc.tuple(tie('vector'), fc.constantFrom('and', 'or', 'unless'), tie('vector')).map((parts) => parts.join(' ')),
    ),
    scalar: fc.oneof(
      { maxDepth: 2 },
      fc.constantFrom('1', '0x1f', '5m', '1e-3', 'Inf', 'NaN', 'time()', 'pi()'),
      fc.tuple(tie('scalar'), fc.constantFrom('+', '^', '-'), tie('scalar')).map((parts) => `(${parts.join(' ')})`),
      tie('vector').map((inner) => `scalar(${inner})`),
    ),
  };
}).vector;
