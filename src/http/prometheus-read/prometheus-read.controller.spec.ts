import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import type { INestApplication } from '@nestjs/common';
import request from 'supertest';
import { CLOCK, systemClock } from '../../base/clock';
import { Labels } from '../../domain/labels';
import { decodeRemoteWrite, snappyCompress, snappyDecompress } from '../../ingest';
import { WireReader, WireWriter } from '../../otlp';
import { SERIES_STORE } from '../../storage';
import { MemorySeriesStore } from '../../storage/memory';
import { PrometheusReadController } from './prometheus-read.controller';

const SAMPLES = 5_000;
let application: INestApplication;

beforeAll(async () => {
  const store = new MemorySeriesStore();
  const at = (name: string, t: number, value: number) => ({
    labels: Labels.of({ __name__: name, job: 'a' }),
    t,
    value,
  });
  await store.append(Array.from({ length: SAMPLES }, (_, n) => at('long', 1_780_000_000_000 + n * 15_000, n * 0.5)));
  await store.append([
    at('up', 1000, 1),
    { ...at('up', 2000, 0), stale: true },
    at('up', 3000, -2.5),
    at('down', 2000, 7),
  ]);
  const module = await Test.createTestingModule({
    controllers: [PrometheusReadController],
    providers: [
      { provide: SERIES_STORE, useValue: store },
      { provide: CLOCK, useValue: systemClock },
    ],
  }).compile();
  application = module.createNestApplication();
  await application.init();
});

afterAll(() => application.close());

type Question = readonly [
  start: number,
  end: number,
  ...matchers: (readonly [type: number, name: string, value: string])[],
];

function encode(questions: readonly Question[], accepts: readonly number[]): Buffer {
  const out = new WireWriter();
  for (const [start, end, ...matchers] of questions) {
    const query = out.begin(1);
    out.int64(1, start);
    out.int64(2, end);
    for (const [type, name, value] of matchers) {
      const at = out.begin(3);
      out.uint32(1, type);
      out.string(2, name);
      out.string(3, value);
      out.end(at);
    }
    out.end(query);
  }
  for (const type of accepts) out.uint32(2, type);
  return snappyCompress(out.finish());
}

const ask = (body: Buffer) =>
  request(application.getHttpServer())
    .post('/api/v1/read')
    .set('content-type', 'application/x-protobuf')
    .set('content-encoding', 'snappy')
    .send(body)
    .buffer(true)
    .parse((response, done) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => done(null, Buffer.concat(parts)));
    });

/** A result's series are written as those of a remote write are. */
async function results(questions: readonly Question[], accepts: readonly number[] = [1, 0]): Promise<string[][]> {
  const response = await ask(encode(questions, accepts)).expect(200).expect('content-encoding', 'snappy');
  expect(response.headers['content-type']).toBe('application/x-protobuf');
  const reader = new WireReader(snappyDecompress(response.body as Buffer, 1e9));
  const all: string[][] = [];
  while (reader.pos < reader.end) {
    expect(reader.tag()).toBe(0x0a);
    const { samples } = decodeRemoteWrite(reader.bytes(), '1.0');
    all.push(samples.map(({ labels, t, value, stale }) => `${labels.toString()} ${stale ? 'stale' : value} @${t}`));
  }
  return all;
}

test('each query has a result: both ends of its window, sorted series, staleness markers', async () => {
  const everything: Question = [1000, 3000, [2, '__name__', 'up|down']];
  const nothing: Question = [1001, 1999, [0, '__name__', 'up']];
  const excluded: Question = [0, 5000, [3, '__name__', 'up|long'], [1, 'job', 'b']];
  expect(await results([everything, nothing, excluded])).toEqual([
    ['down{job="a"} 7 @2000', 'up{job="a"} 1 @1000', 'up{job="a"} stale @2000', 'up{job="a"} -2.5 @3000'],
    [],
    ['down{job="a"} 7 @2000'],
  ]);
});

test('a long series arrives whole', async () => {
  const [long = []] = await results([[0, 2e12, [0, '__name__', 'long']]], []);
  expect(long).toHaveLength(SAMPLES);
  expect(long[4_999]).toBe(`long{job="a"} 2499.5 @${1_780_000_000_000 + 4_999 * 15_000}`);
});

test('refuses what it cannot read or give, as text', async () => {
  const text = async (body: Buffer) => (await ask(body).expect(400)).body.toString();
  expect(await text(Buffer.from('nonsense'))).toMatch(/not Snappy/);
  expect(await text(encode([[0, 1]], [1]))).toMatch(/response types \[1\]/);
  expect(await text(encode([[0, 1, [4, 'a', 'b']]], []))).toMatch(/unknown type 4/);
  expect(await text(encode([[0, 1, [2, 'a', '(']]], []))).toMatch(/ReadRequest.*\(/);
  expect(await text(Buffer.alloc(1_100_000))).toMatch(/longer than/);
});
