import type { Clock, EpochMillis } from '../../../base/clock';
import { assistants } from './assistants';
import type { Assistant } from './assistants';
import type { CheckOutcome } from './probe';

/** Waits for what the assistants send, and names the signals that did not come. */
export async function listen(
  stackUrl: string,
  chosen: readonly Assistant[],
  millis: number,
  clock: Clock,
  signal: AbortSignal,
  onHeard: (assistant: Assistant, what: string) => void,
): Promise<CheckOutcome[]> {
  // What was under way when we began to listen counts.
  const start = clock.now() - 5000;
  const end = clock.now() + millis;
  const heard = new Map<Assistant, Set<string>>(chosen.map((assistant) => [assistant, new Set()]));
  while (clock.now() < end) {
    for (const [assistant, signals] of heard) {
      for (const { signal: name } of assistant.signals) {
        if (signals.has(name) || !(await hasArrived(stackUrl, assistant, name, start, signal))) continue;
        signals.add(name);
        onHeard(assistant, name);
      }
    }
    if ([...heard].every(([assistant, signals]) => signals.size === assistant.signals.length)) break;
    await clock.sleep(Math.min(1000, millis), signal);
  }
  return [...heard].flatMap(([assistant, signals]) =>
    assistant.signals.map(({ signal: name, hint }) => ({
      check: `${assistant.name} ${name}`,
      ok: signals.has(name),
      detail: signals.has(name) ? 'arrived' : signals.size === 0 ? 'nothing arrived: is the assistant running?' : hint,
    })),
  );
}

/** The assistants of the given names; all without any. */
export function chooseAssistants(names: readonly string[]): Assistant[] {
  return assistants.filter(({ name }) => names.length === 0 || names.includes(name));
}

async function hasArrived(
  stackUrl: string,
  assistant: Assistant,
  name: 'traces' | 'metrics' | 'logs',
  start: EpochMillis,
  signal: AbortSignal,
): Promise<boolean> {
  if (name === 'metrics') {
    const query = `count({__name__=~"${assistant.metricPrefix}.+"})`;
    return isFilled(await get(`/api/v1/query?query=${encodeURIComponent(query)}`), 'result');
  }
  for (const service of assistant.services) {
    const path =
      name === 'logs'
        ? `/api/stack/logs?service=${encodeURIComponent(service)}&from=${start}&limit=1`
        : `/api/traces?service=${encodeURIComponent(service)}&start=${Math.floor(start * 1000)}&end=${Math.floor((start + 86_400_000) * 1000)}&limit=1`;
    if (isFilled(await get(path), 'data')) return true;
  }
  return false;

  async function get(path: string): Promise<unknown> {
    const response = await fetch(`${stackUrl}${path}`, { signal }).catch(() => undefined);
    return response?.ok === true ? response.json() : undefined;
  }
}

/** Whether an answer holds anything: a list, or a list under `key`, at whatever depth of envelopes. */
function isFilled(answer: unknown, key: string): boolean {
  if (Array.isArray(answer)) return answer.length > 0;
  if (typeof answer !== 'object' || answer === null) return false;
  const inner: unknown = Reflect.get(answer, key) ?? Reflect.get(answer, 'data');
  return inner !== undefined && inner !== answer && isFilled(inner, key);
}
