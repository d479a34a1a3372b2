import { Labels } from '../../domain/labels';
import type { Notification } from '../notify/notification';

/** 2026-01-05 14:07 UTC. */
export const SAMPLE_AT = Date.UTC(2026, 0, 5, 14, 7);

/** A notification about two slow models, one of them recovered: for tests of channels. */
export function sampleNotification(change: Partial<Notification> = {}): Notification {
  const common = { alertname: 'SlowInference', severity: 'critical', service: 'assistant' };
  return {
    id: '7d6f0c8e-3f57-4d7a-9b0e-0a8f6f5d2c11',
    groupKey: '{}:{alertname="SlowInference"}',
    receiver: 'ops',
    reason: 'first notification',
    at: SAMPLE_AT,
    groupLabels: Labels.of({ alertname: 'SlowInference' }),
    routeLabels: {},
    externalUrl: 'http://telltale.example:4319',
    alerts: [
      {
        labels: Labels.of({ ...common, model: 'claude-sonnet-4' }),
        annotations: {
          summary: 'p95 of inference is 8.4 s, limit 4 s',
          description: 'Half of all requests to <claude-sonnet-4> take longer than 6 s & users notice.',
          runbook_url: 'https://runbooks.example/slow-inference',
        },
        startsAt: SAMPLE_AT - 5 * 60_000,
        endsAt: undefined,
        generatorUrl: 'http://telltale.example:4319/graph?g0.expr=up',
      },
      {
        labels: Labels.of({ ...common, model: 'gpt-5' }),
        annotations: { summary: 'p95 of inference is 4.9 s, limit 4 s' },
        startsAt: SAMPLE_AT - 15 * 60_000,
        endsAt: SAMPLE_AT - 60_000,
        generatorUrl: 'http://telltale.example:4319/graph?g0.expr=up',
      },
    ],
    evidence: {
      contributors: [
        { name: 'tenant=acme', share: 0.61, text: 'tenant=acme: 412 of 675 slow requests (61%)' },
        { name: 'tenant=initech', share: 0.22, text: 'tenant=initech: 148 of 675 slow requests (22%)' },
      ],
      traces: [
        {
          title: 'trace 4bf92f35 (11.2 s)',
          url: 'http://telltale.example:4319/#/traces/4bf92f3577b34da6a3ce929d0e0e4736',
        },
        {
          title: 'trace 00f067aa (9.8 s)',
          url: 'http://telltale.example:4319/#/traces/00f067aa0ba902b700f067aa0ba902b7',
        },
      ],
      chart: {
        title: 'p95 of inference, seconds',
        threshold: 4,
        points: Array.from({ length: 60 }, (_, i) => ({
          t: SAMPLE_AT - (60 - i) * 60_000,
          value: i < 45 ? 1.5 + Math.sin(i / 4) * 0.4 : 4 + (i - 45) * 0.3,
        })),
      },
    },
    ...change,
  };
}
