import { excerptOf } from './rule-source';

const FILE = `# Failures.
groups:
  - name: errors
    rules:
      # About the first.
      - alert: First
        expr: a > 1

        # In it.
        labels: { severity: warning }

      - alert: Second
        expr: |
          b
            > 2
  - name: more
    rules: []
`;

test.each([
  [6, 6, '- alert: First\n  expr: a > 1\n\n  # In it.\n  labels: { severity: warning }'],
  [7, 6, '- alert: First\n  expr: a > 1\n\n  # In it.\n  labels: { severity: warning }'],
  [12, 12, '- alert: Second\n  expr: |\n    b\n      > 2'],
  [99, 16, '- name: more\n  rules: []'],
])('line %d', (line, first, text) => {
  expect(excerptOf(FILE, line)).toEqual({ line: first, text });
});

test('a file without the rule gives nothing', () => {
  expect(excerptOf('', 3)).toBeUndefined();
  expect(excerptOf('groups: {}', 1)).toBeUndefined();
});
