import { sampleSpans } from './testing/sample-spans';
import { readSpan, writeSpanBody } from './span';
import { WireWriter } from './wire/writer';

const [sample] = sampleSpans(1);
if (sample === undefined) throw new Error('no sample');
const { resource, scope } = sample;

/** The attribute `late`, its value before its key: as seldom, as allowed. */
function valueFirst(writer: WireWriter): void {
  const attribute = writer.begin(9);
  const value = writer.begin(2);
  writer.string(1, 'x');
  writer.end(value);
  writer.string(1, 'late');
  writer.end(attribute);
}

test.each([
  [
    ['request.id', 'attempt', 'absent'],
    ['attempt', 'request.id'],
  ],
  [['late'], ['late']],
  [[], []],
])('of a span read for %j the attributes are %j', (asked, wanted) => {
  const writer = new WireWriter();
  writeSpanBody(writer, sample);
  valueFirst(writer);
  const bytes = Buffer.from(writer.finish());
  const whole = readSpan(bytes, 0, bytes.length, resource, scope);
  const part = readSpan(bytes, 0, bytes.length, resource, scope, new Set(asked));
  expect(whole.attributes).toEqual({ ...sample.attributes, late: 'x' });
  const attributes = Object.fromEntries(wanted.map((key) => [key, whole.attributes[key]]));
  expect(part).toEqual({ ...whole, attributes });
});
