import { parse } from 'yaml';
import { alertingConfig } from '../alerting.config';
import { matchersText, parseMatchers } from './matchers';
import { readAlertmanagerConfig } from './read';
import { exportedConfiguration, shownConfiguration } from './show';

describe('matchers', () => {
  test.each([
    ['foo=bar', '{foo="bar"}'],
    ['foo="bar"', '{foo="bar"}'],
    ['{foo="bar"}', '{foo="bar"}'],
    [' { foo = "bar" , baz =~ "a|b" } ', '{foo="bar",baz=~"a|b"}'],
    ['foo!=bar,baz!~qux', '{foo!="bar",baz!~"qux"}'],
    ['foo=""', '{foo=""}'],
    ['"name with spaces"="x"', '{"name with spaces"="x"}'],
    ['🙂=dΘ', '{"🙂"="dΘ"}'],
    ['00=b', '{"00"="b"}'],
    ['foo="a\\"b\\n\\\\"', '{foo="a\\"b\\n\\\\"}'],
    ['foo="bar",', '{foo="bar"}'],
    // Only the classic syntax takes these.
    ['foo=bar baz', '{foo="bar baz"}'],
    ['foo=', '{foo=""}'],
    ['foo=~[a-z]{2}', '{foo=~"[a-z]{2}"}'],
    ['{}', '{}'],
  ])('%s', (text, want) => {
    expect(matchersText(parseMatchers(text))).toBe(want);
  });

  test.each([['foo'], ['=bar'], ['{foo="bar"'], ['foo="bar'], ['foo=~"["'], [''], ['foo=="bar"x"']])(
    '%s is refused',
    (text) => {
      expect(() => parseMatchers(text)).toThrow();
    },
  );
});

const RECEIVERS = 'receivers: [{name: a}]';

const oneWebhook = (http: string): string =>
  `route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{url: 'http://h', http_config: {${http}}}]}]`;

test.each([
  ['', 'no route provided in config'],
  [`route: {}\n${RECEIVERS}`, 'root route must specify a default receiver'],
  [`route: {receiver: b}\n${RECEIVERS}`, 'route.receiver: undefined receiver "b" used in route'],
  [`route: {receiver: a, matchers: ['x=y']}\n${RECEIVERS}`, 'root route must not have any matchers'],
  [`route: {receiver: a, continue: true}\n${RECEIVERS}`, 'cannot have continue in root route'],
  [`route: {receiver: a, mute_time_intervals: [n]}\n${RECEIVERS}`, 'root route must not have any mute time intervals'],
  [`route: {receiver: a, group_interval: 0s}\n${RECEIVERS}`, 'group_interval cannot be zero'],
  [`route: {receiver: a, repeat_interval: 0s}\n${RECEIVERS}`, 'repeat_interval cannot be zero'],
  [`route: {receiver: a, group_by: [x, x]}\n${RECEIVERS}`, 'duplicated label in group_by'],
  [`route: {receiver: a, group_by: [x, '...']}\n${RECEIVERS}`, 'cannot have wildcard group_by'],
  [`route: {receiver: a, nonsense: 1}\n${RECEIVERS}`, 'route: Unrecognized key: "nonsense"'],
  [`route: {receiver: a, group_wait: soon}\n${RECEIVERS}`, 'route.group_wait: "soon" is not a duration'],
  [`route: {receiver: a, routes: [{matchers: ['x=~[']}]}\n${RECEIVERS}`, 'route.routes[0].matchers: '],
  [`route: {receiver: a, routes: [{match: {'a-b': c}}]}\n${RECEIVERS}`, 'invalid label name "a-b"'],
  [
    `route: {receiver: a, routes: [{mute_time_intervals: [night]}]}\n${RECEIVERS}`,
    'undefined time interval "night" used in route',
  ],
  ['route: {receiver: a}\nreceivers: [{name: a}, {name: a}]', 'notification config name "a" is not unique'],
  [
    'route: {receiver: a}\nreceivers: [{name: a, webhook_configs: [{}]}]',
    'one of url or url_file must be configured (receiver "a")',
  ],
  [
    'route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{channel: x}]}]',
    'no Slack API URL nor App token set either inline or in a file',
  ],
  ['route: {receiver: a}\nreceivers: [{name: a, fax_configs: [{}]}]', 'Unrecognized key: "fax_configs"'],
  ['route: {receiver: a}\nreceivers: [{}]', 'missing name in receiver'],
  [
    `route: {receiver: a}\n${RECEIVERS}\ntime_intervals: [{name: n, time_intervals: [{times: [{start_time: '9:00', end_time: '10:00'}]}]}]`,
    "couldn't parse timestamp 9:00",
  ],
  [
    `route: {receiver: a}\n${RECEIVERS}\ntime_intervals: [{name: n, time_intervals: [{times: [{start_time: '10:00', end_time: '10:00'}]}]}]`,
    'must be before end time',
  ],
  [
    `route: {receiver: a}\n${RECEIVERS}\ntime_intervals: [{name: n, time_intervals: [{weekdays: ['saturday:monday']}]}]`,
    'cannot be after its end',
  ],
  [
    `route: {receiver: a}\n${RECEIVERS}\ntime_intervals: [{name: n, time_intervals: [{days_of_month: ['0']}]}]`,
    'not a valid day of the month',
  ],
  [
    `route: {receiver: a}\n${RECEIVERS}\ntime_intervals: [{name: n, time_intervals: [{location: Moon/Crater}]}]`,
    'unknown time zone Moon/Crater',
  ],
  [
    `route: {receiver: a}\n${RECEIVERS}\ninhibit_rules: [{source_matchers: ['x=~[']}]`,
    'inhibit_rules[0].source_matchers',
  ],
  [`route: {receiver: a, routes: [{match_re: {team: }}]}\n${RECEIVERS}`, 'route.routes[0].match_re.team'],
  ['route: {receiver: a}\nreceivers: [{name: a, labels: {name: b}}]', 'must match receiver name "a", got "b"'],
  [
    `global: {slack_api_url: 'http://x', slack_app_token: t}\nroute: {receiver: a}\n${RECEIVERS}`,
    'at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file',
  ],
  [
    `global: {smtp_auth_password: a, smtp_auth_password_file: b}\nroute: {receiver: a}\n${RECEIVERS}`,
    'at most one of smtp_auth_password & smtp_auth_password_file',
  ],
  [oneWebhook('basic_auth: {username: a}, bearer_token: b'), 'at most one of basic_auth, oauth2, bearer_token'],
  [oneWebhook('bearer_token: a, bearer_token_file: b'), 'at most one of bearer_token & bearer_token_file'],
  [oneWebhook('authorization: {type: Basic}'), 'use "basic_auth" instead'],
  [oneWebhook('no_proxy: a'), 'if no_proxy is configured, proxy_url must also be configured'],
  [oneWebhook('tls_config: {cert: a}'), 'exactly one of key or key_file'],
  [oneWebhook('http_headers: {Authorization: {values: [a]}}'), 'setting header "Authorization" is not allowed'],
  [
    `route: {receiver: a}\nreceivers: [{name: a, slack_configs: [{api_url: 'http://x', update_message: true}]}]`,
    'update_message can only be used with bot tokens',
  ],
  [
    `route: {receiver: a}\nreceivers: [{name: a, pagerduty_configs: [{routing_key: ''}]}]`,
    'missing service or routing key in PagerDuty config',
  ],
  ['route: {receiver: a', 'alertmanager.yml: '],
])('a faulty configuration says what and where: %j', (text, message) => {
  expect(() => readAlertmanagerConfig(text)).toThrow(message);
});

test('a file as people have it', () => {
  const { root, receivers, inhibitRules, resolveTimeout } = readAlertmanagerConfig(`
global:
  smtp_smarthost: 'localhost:25'
  smtp_from: 'alertmanager@example.org'
  resolve_timeout: 10m
  http_config:
templates: ['/etc/alertmanager/template/*.tmpl']
route:
  group_by: ['alertname', 'cluster', 'service']
  group_wait: 30s
  group_interval: 5m
  repeat_interval: 3h
  receiver: team-X-mails
  routes:
    - match_re: {service: ^(foo1|foo2|baz)$}
      receiver: team-X-mails
      routes:
        - match: {severity: critical, code: 500}
          receiver: team-X-pager
    - matchers: [service="files"]
      group_by: []
      continue: yes
inhibit_rules:
  - source_matchers: [severity="critical"]
    target_matchers: [severity="warning"]
    equal: [alertname, cluster, service]
receivers:
  - name: team-X-mails
    email_configs: [{to: 'team-X+alerts@example.org, team-Y+alerts@example.org', send_resolved: yes}]
  - name: team-X-pager
    email_configs: [{to: x@example.org}]
    pagerduty_configs: [{service_key: <team-X-key>}]
`);
  expect(resolveTimeout).toBe(600_000);
  expect(inhibitRules).toMatchObject([{ equal: ['alertname', 'cluster', 'service'] }]);
  expect([...receivers.values()].map(({ name, integrations }) => [name, integrations.map(({ key }) => key)])).toEqual([
    ['team-X-mails', ['team-X-mails/email/0']],
    ['team-X-pager', ['team-X-pager/email/0', 'team-X-pager/pagerduty/0']],
  ]);
  expect(root.routes[0]?.routes[0]?.key).toBe('{}/{service=~"^(foo1|foo2|baz)$"}/{code="500",severity="critical"}');
  expect(root.routes[1]).toMatchObject({ continue: true, receiver: 'team-X-mails', groupWait: 30_000 });
  expect(root.routes[1]?.groupBy.size).toBe(0);
});

describe('the section of telltale.yaml', () => {
  const section = {
    route: { receiver: 'a' },
    receivers: [
      {
        name: 'a',
        webhook_configs: [{ url: 'http://x/secret' }],
        pagerduty_configs: [{ routing_key: 'deadbeef' }],
        ntfy_configs: [{ topic: 't', token: 'tk' }],
      },
    ],
    global: { smtp_auth_password: 'hidden' },
  };

  test('never prints a credential', () => {
    const printed = JSON.stringify(alertingConfig.parse(section));
    expect(printed).not.toMatch(/x\/secret|deadbeef|hidden|"tk"/);
    expect(shownConfiguration(section)).not.toMatch(/x\/secret|deadbeef|hidden|tk/);
  });

  test('an export holds them, and says what it leaves out', () => {
    const { text, left } = exportedConfiguration(section);
    expect(parse(text)).toMatchObject({ receivers: [{ name: 'a', webhook_configs: [{ url: 'http://x/secret' }] }] });
    expect(left).toEqual(['ntfy_configs']);
  });

  test('without routes nobody is told', () => {
    expect(alertingConfig.safeParse({}).success).toBe(true);
  });

  test('faults have their place', () => {
    const { error } = alertingConfig.safeParse({ ...section, route: { receiver: 'b' } });
    expect(error?.issues).toMatchObject([
      { path: ['route', 'receiver'], message: 'undefined receiver "b" used in route' },
    ]);
  });
});

test('an empty inhibition rule and settings of newer versions are taken as Alertmanager takes them', () => {
  const { inhibitRules } = readAlertmanagerConfig(
    `route: {receiver: a}\nreceivers: [{name: a}]\ninhibit_rules: [null]\nevent_recorder: {file: x}`,
  );
  expect(inhibitRules).toEqual([{ name: '#0', source: [], target: [], equal: [] }]);
});
