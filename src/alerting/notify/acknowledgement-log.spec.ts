import { Labels } from '../../domain/labels';
import { MemoryStateStore } from '../../storage/memory/memory-state-store';
import { AcknowledgementLog } from './acknowledgement-log';

const alert = (alertname: string, pod: string, startsAt: number) => ({
  labels: Labels.of({ alertname, pod }),
  startsAt,
});

test('firings that somebody took up are counted by alert, each once, within the period', async () => {
  const log = new AcknowledgementLog(new MemoryStateStore());
  await log.add(10, alert('Slow', 'a', 1), false);
  // The same firing by another person.
  await log.add(20, alert('Slow', 'a', 1), false);
  await log.add(30, alert('Slow', 'a', 25), false);
  await log.add(40, alert('Down', 'b', 35), false);
  await log.add(50, alert('Down', 'b', 35), true);
  await log.add(99, alert('Late', 'c', 98), false);
  await log.add(100, alert('Next', 'd', 100), false);
  expect([...(await log.firings(0, 100))]).toEqual([
    ['Slow', 2],
    ['Late', 1],
  ]);
});
