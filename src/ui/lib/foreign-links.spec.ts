import { addressOf } from './foreign-links';

test.each([
  ['/graph', '?g0.expr=up+%3E+0&g0.tab=1', '', '/explore?q=up+%3E+0'],
  ['/', '', '#/traces/0af7651916cd43dd8448eb211c80319c', '/trace/0af7651916cd43dd8448eb211c80319c'],
  ['/', '', '#/alerts/3f6fbb737337de11?do=ack', '/alerts?tab=notifications&alert=3f6fbb737337de11&do=ack'],
  [
    '/',
    '',
    '#/silences/new?filter=%7Balertname%3D%22A%22%7D',
    '/alerts?tab=silences&matchers=%7Balertname%3D%22A%22%7D',
  ],
  ['/', '', '#/alerts?receiver=on-call', '/alerts?tab=notifications&receiver=on-call'],
  ['/traces', '?service=a', '', undefined],
])('%s%s%s leads to %s', (pathname, search, hash, want) => {
  expect(addressOf({ pathname, search, hash })).toBe(want);
});
