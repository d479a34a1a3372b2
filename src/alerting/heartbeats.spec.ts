import { alertingConfig } from './alerting.config';
import { parseMatchers } from './config/matchers';
import { testAlerting } from './testing/test-alerting';

async function alertingWith(section: unknown, ailing: () => string | undefined = () => undefined) {
  const signs: string[] = [];
  const { alerting, clock } = testAlerting(section, {
    ailing,
    transport: ({ url }) => {
      signs.push(url);
      return Promise.resolve({ status: 200, headers: {}, body: '' });
    },
  });
  await alerting.start();
  return { alerting, clock, signs };
}

test('the sign of life is withheld while rules are not evaluated', async () => {
  let ailment: string | undefined;
  const { alerting, clock, signs } = await alertingWith(
    { deadMansSwitch: { url: 'http://watch.example/a', interval: '1m' } },
    () => ailment,
  );
  await clock.advance(60_000);
  expect(signs).toHaveLength(2);
  ailment = 'rule group latency should have been evaluated';
  await clock.advance(120_000);
  expect(signs).toHaveLength(2);
  ailment = undefined;
  await clock.advance(60_000);
  expect(signs).toHaveLength(3);
  await alerting.stop();
});

test('a reload takes up another switch, other signs that are expected, and other limits', async () => {
  const { alerting, clock, signs } = await alertingWith({
    deadMansSwitch: { url: 'http://watch.example/a', interval: '1m' },
    heartbeats: [{ name: 'nightly', interval: '1h' }],
  });
  await alerting.reload({
    config: alertingConfig.parse({
      deadMansSwitch: { url: 'http://watch.example/b', interval: '10s' },
      heartbeats: [{ name: 'hourly', interval: '1h' }],
      retention: { maxSilences: 1 },
    }),
  });
  await clock.advance(20_000);
  expect(signs).toEqual(['a', 'b', 'b', 'b'].map((name) => `http://watch.example/${name}`));
  expect(alerting.heartbeatStatus().map(({ name }) => name)).toEqual(['hourly']);
  await expect(alerting.heartbeats.beat('nightly')).rejects.toMatchObject({ code: 'NOT_FOUND' });

  const now = clock.now();
  const silence = {
    matchers: parseMatchers('a=b'),
    startsAt: now,
    endsAt: now + 60_000,
    createdBy: 'me',
    comment: 'x',
  };
  await alerting.silences.set(silence);
  await expect(alerting.silences.set(silence)).rejects.toMatchObject({ code: 'OVERLOADED' });
  await alerting.stop();
});
