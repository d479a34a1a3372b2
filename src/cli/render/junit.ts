import type { TestFileOutcome } from '../../rules';

/** The outcome of rule tests as JUnit XML: a suite per file. */
export function testsToJunit(outcomes: readonly TestFileOutcome[]): string {
  const suites = outcomes.map(({ file, tests, problems }) => {
    const failures = tests.filter((test) => test.failures.length > 0).length;
    const cases = tests.map(({ name, failures: texts, elapsed }) => {
      const time = (elapsed / 1000).toFixed(3);
      const inner = texts.map((text) => `\n      <failure>${escape(text)}</failure>`).join('');
      return `    <testcase name="${escape(name)}" time="${time}">${inner}${inner === '' ? '' : '\n    '}</testcase>`;
    });
    const aborted = problems.map((text) => `    <testcase name="load"><error>${escape(text)}</error></testcase>`);
    const head = `name="${escape(file)}" tests="${tests.length + problems.length}" failures="${failures}" errors="${problems.length}"`;
    return [`  <testsuite ${head}>`, ...cases, ...aborted, '  </testsuite>'].join('\n');
  });
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n');
}

function escape(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd]/g, '\ufffd');
}
