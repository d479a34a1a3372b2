import { jsonToProtobuf, tracesToJson } from '../otlp';
import { sampleSpans } from '../otlp/testing/sample-spans';
import { JsonConverter } from './json-converter';

test("a large text goes to the thread in parts, and stays the caller's", async () => {
  let pauses = 0;
  const converter = new JsonConverter(() => Promise.resolve(void pauses++));
  const body = Buffer.from(JSON.stringify(tracesToJson(sampleSpans(2000, { seed: 3 }))));
  expect(body.length).toBeGreaterThan(1_048_576);
  const once = await converter.toProtobuf(body, 'TracesRequest');
  expect(pauses).toBe(Math.ceil(body.length / 1_048_576) - 1);
  expect(await converter.toProtobuf(body, 'TracesRequest')).toEqual(once);
  expect(Buffer.from(once).equals(Buffer.from(jsonToProtobuf(body, 'TracesRequest')))).toBe(true);
  await converter.stop();
});
