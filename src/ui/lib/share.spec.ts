import { pinnedHref } from './share';

const NOW = Date.UTC(2026, 10, 24, 12);

test.each([
  ['http://h/traces', 'http://h/traces?from=1795520700000&to=1795521600000'],
  ['http://h/traces?from=now-1h&q=a%3Db', 'http://h/traces?from=1795518000000&q=a%3Db&to=1795521600000'],
  ['http://h/traces?from=1795000000000&to=1795000060000&live=1', 'http://h/traces?from=1795000000000&to=1795000060000'],
])('%s stays what it is when it is opened later', (href, pinned) => {
  expect(pinnedHref(href, NOW)).toBe(pinned);
  expect(pinnedHref(pinned, NOW + 86_400_000)).toBe(pinned);
});
