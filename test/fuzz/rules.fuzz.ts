import fc from 'fast-check';
import { CodedError } from '../../src/base/errors';
import { lintRules, readRuleFile, readTestFile } from '../../src/rules';
import { badRuleFiles, goodRuleFiles } from '../../src/rules/testing/rule-file-corpus';
import { badTestFiles, goodTestFiles } from '../../src/rules/testing/test-file-corpus';
import { parseTemplate, prometheusFunctions, renderTemplate } from '../../src/template';

const RUNS = 3000;
const seed = 20260101;

/** A text with pieces of it cut out, doubled, swapped or replaced. */
function mutated(texts: readonly string[]): fc.Arbitrary<string> {
  const edit = fc.record({
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(12),
    insert: fc.oneof(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ':',
        '"',
        "'",
        '\n',
        '  ',
        '{{',
        '}}',
        '|',
        '$',
        '(',
        ')',
        '#',
        '*a',
        '&a',
        '<<: ',
        '- ',
        '\t',
        '\0',
        '\ufeff',
      ),
      fc.string({ maxLength: 6, unit: 'binary' }),
    ),
  });
  return fc.tuple(fc.constantFrom(...texts), fc.array(edit, { minLength: 1, maxLength: 6 })).map(([text, edits]) =>
    edits.reduce((current, { at, length, insert }) => {
      const from = Math.floor(at * current.length);
      return current.slice(0, from) + insert + current.slice(from + length);
    }, text),
  );
}

test('rule files: problems with places, never a crash', () => {
  const texts = [...badRuleFiles, ...goodRuleFiles].map(({ text }) => text);
  fc.assert(
    fc.property(mutated(texts), (text) => {
      const file = readRuleFile('rules.yml', text);
      for (const { code, message, line } of file.problems)
        expect([code !== '', message !== '', line > 0]).toEqual([true, true, true]);
      lintRules([file]);
    }),
    { seed, numRuns: RUNS },
  );
});

test('test files: problems, never a crash', () => {
  const texts = [...badTestFiles, ...goodTestFiles].map(({ text }) => text);
  fc.assert(
    fc.property(mutated(texts), (text) => {
      expect(Array.isArray(readTestFile('some.test.yml', text).problems)).toBe(true);
    }),
    { seed, numRuns: RUNS },
  );
});

const functions = prometheusFunctions({ nowSeconds: 0, externalUrl: '', query: () => [] });
const templates = [
  '{{ $x := . }}{{ range $i, $e := .List }}{{ if gt $e 1.5 }}{{ $e | humanize | printf "%5.2f %s" }}{{ else }}{{ break }}{{ end }}{{ end }}',
  '{{ define "a" }}{{ . | title }}{{ end }}{{ template "a" .Name }}{{ block "b" . }}{{ index .Map "k" }}{{ end }}',
  '{{- /* c */ -}} {{ with .Name }}{{ reReplaceAll "(a+)b" "$1" . }}{{ end }} {{ (toTime 5).Format "2006-01-02" }} {{ printf "%d %v %q %x %T" 1 2.5 "x" "y" true }}',
];
const data = { List: [1, 2, 3], Name: 'aab', Map: new Map([['k', 'v']]) };

test('templates: a coded error or a text, never a crash or a hang', () => {
  fc.assert(
    fc.property(mutated(templates), (text) => {
      try {
        parseTemplate(text, { functions });
        expect(typeof renderTemplate(text, data, { functions })).toBe('string');
      } catch (error) {
        expect(error).toBeInstanceOf(CodedError);
      }
    }),
    { seed, numRuns: RUNS },
  );
});
