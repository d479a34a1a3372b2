import { fits, parseServers } from './postgres-servers';
import type { Target } from './postgres-servers';

test.each<[string, string[], string[], Target]>([
  ['postgres://u:p@a/db', ['postgres://u:p@a/db'], ['a:5432/db'], 'any'],
  [
    'postgresql://u:p%2C@a:1,b:2,c/db?sslmode=require&target_session_attrs=prefer-standby',
    ['a:1', 'b:2', 'c'].map((host) => `postgresql://u:p%2C@${host}/db?sslmode=require`),
    ['a:1/db', 'b:2/db', 'c:5432/db'],
    'prefer-standby',
  ],
  ['postgres://a,[::1]:7', ['postgres://a', 'postgres://[::1]:7'], ['a:5432', '[::1]:7'], 'read-write'],
  ['postgres://a/db?target_session_attrs=standby', ['postgres://a/db'], ['a:5432/db'], 'standby'],
])('%s', (text, urls, addresses, target) => expect(parseServers(text)).toEqual({ urls, addresses, target }));

test.each([
  ['', 'a connection string is'],
  ['mysql://u:secret@a/db', 'a connection string is'],
  ['postgres://u:secret@a:x,b/db', 'is not host or host:port'],
  ['postgres://u:secret@a/db?target_session_attrs=best', 'none of any, read-write'],
])('%s is refused, without telling its password', (text, message) => {
  expect(() => parseServers(text)).toThrow(message);
  expect(() => parseServers(text)).not.toThrow('secret');
});

test.each<[Target, string]>([
  ['any', 'primary, read-only primary, standby'],
  ['read-write', 'primary'],
  ['read-only', 'read-only primary, standby'],
  ['primary', 'primary, read-only primary'],
  ['standby', 'standby'],
  ['prefer-standby', 'standby'],
])('%s takes %s', (target, want) => {
  const servers = {
    primary: { isStandby: false, isReadOnly: false },
    'read-only primary': { isStandby: false, isReadOnly: true },
    standby: { isStandby: true, isReadOnly: false },
  };
  const taken = Object.entries(servers).filter(([, state]) => fits(target, state));
  expect(taken.map(([name]) => name).join(', ')).toBe(want);
});
