import { connect } from 'node:net';
import type { Clock } from '../../../base/clock';
import { messageOf } from '../../../base/errors';
import { randomHex } from '../../../base/ids';
import { askStack, reasonOf } from '../../ask-stack';

/** What became of one check. */
export interface CheckOutcome {
  readonly check: string;
  readonly ok: boolean;
  readonly detail: string;
}

const SERVICE = 'telltale-doctor';
/** How often a probe that was sent is looked for. */
const ATTEMPTS = 20;

/** Whether the stack answers, and whether a trace, a metric and a log record sent to it can be read back. */
export async function probeStack(
  stackUrl: string,
  otlpUrl: string,
  clock: Clock,
  signal: AbortSignal,
): Promise<CheckOutcome[]> {
  const stack = await check('stack', async () => {
    const response = await askStack(stackUrl, '/readyz', { signal });
    if (response.ok) return `${stackUrl} is ready`;
    const why = response.status === 503 ? 'it is not ready yet' : 'it may be another program; --url names the stack';
    return fail(`${stackUrl}/readyz answers ${response.status}: ${why}`);
  });
  if (!stack.ok) return [stack];
  const traceId = randomHex(16);
  const now = `${BigInt(Math.round(clock.now())) * 1_000_000n}`;
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: SERVICE } }] };
  const span = { traceId, spanId: randomHex(8), name: 'probe', kind: 1, startTimeUnixNano: now, endTimeUnixNano: now };
  const point = { timeUnixNano: now, asDouble: 1, attributes: [{ key: 'probe', value: { stringValue: traceId } }] };
  const record = { timeUnixNano: now, severityNumber: 9, body: { stringValue: 'probe' }, traceId, spanId: span.spanId };
  return [
    stack,
    await probe('traces', { resourceSpans: [{ resource, scopeSpans: [{ spans: [span] }] }] }, `/api/traces/${traceId}`),
    await probe(
      'metrics',
      {
        resourceMetrics: [
          {
            resource,
            scopeMetrics: [{ metrics: [{ name: 'telltale.doctor.probe', gauge: { dataPoints: [point] } }] }],
          },
        ],
      },
      `/api/v1/query?query=${encodeURIComponent(`telltale_doctor_probe{probe="${traceId}"}`)}`,
    ),
    await probe(
      'logs',
      { resourceLogs: [{ resource, scopeLogs: [{ logRecords: [record] }] }] },
      `/api/stack/logs?trace=${traceId}`,
    ),
  ];

  async function probe(name: string, body: unknown, readBack: string): Promise<CheckOutcome> {
    return check(name, async () => {
      const sent = await fetch(`${otlpUrl}/v1/${name}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
        signal,
      }).catch((error: unknown) =>
        fail(
          `nothing takes OTLP at ${otlpUrl} (${reasonOf(error)}); --otlp names another place, ${stackUrl} itself takes it, too`,
        ),
      );
      if (!sent.ok) return fail(`${otlpUrl}/v1/${name} answers ${sent.status}: ${(await sent.text()).slice(0, 200)}`);
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const answer = await fetch(`${stackUrl}${readBack}`, { signal });
        if (answer.ok && (await answer.text()).includes(traceId)) return `sent to ${otlpUrl} and read back`;
        await clock.sleep(250, signal);
      }
      return fail(`${otlpUrl} took it, but ${stackUrl} does not show it: another program may hold that port`);
    });
  }
}

/** Whether something listens at a port; without a stack it is something else that does. */
export function probePort(name: string, url: string, isStackThere: boolean): Promise<CheckOutcome> {
  return check(name, () => {
    const { hostname, port } = new URL(url);
    return new Promise<string>((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port), timeout: 2000 });
      socket.once('connect', () => {
        socket.destroy();
        if (isStackThere) resolve(`${url} listens`);
        else reject(new Error(`something listens at ${url}, but no stack answers: another program may hold that port`));
      });
      const refuse = (why: string): void =>
        reject(new Error(`nothing listens at ${url} (${why}); --grpc names another place`));
      socket.once('timeout', () => {
        socket.destroy();
        refuse('no answer');
      });
      socket.once('error', (error) => refuse(messageOf(error)));
    });
  });
}

async function check(name: string, run: () => Promise<string>): Promise<CheckOutcome> {
  try {
    return { check: name, ok: true, detail: await run() };
  } catch (error) {
    return { check: name, ok: false, detail: messageOf(error) };
  }
}

function fail(message: string): never {
  throw new Error(message);
}
