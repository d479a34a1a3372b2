import 'reflect-metadata';
import { Test } from '@nestjs/testing';
import type { INestApplication } from '@nestjs/common';
import request from 'supertest';
import { silentLogger } from '../../base/logger';
import { noTelemetry } from '../../base/telemetry';
import { Labels } from '../../domain/labels';
import {
  encodeRemoteWrite,
  REMOTE_WRITE_CONTENT_TYPES,
  REMOTE_WRITE_RECEIVER,
  RemoteWriteReceiver,
  snappyCompress,
} from '../../ingest';
import type { IncomingSample, SeriesWriter } from '../../storage';
import { PrometheusWriteController } from './prometheus-write.controller';

const sample: IncomingSample = { labels: Labels.of({ __name__: 'up' }), t: 1000, value: 1 };
const written: IncomingSample[] = [];
let application: INestApplication;

beforeAll(async () => {
  const seriesStore: SeriesWriter = {
    append: (samples) => {
      written.push(...samples);
      return Promise.resolve({ appended: samples.length, refused: {}, examples: {} });
    },
    describe: () => undefined,
  };
  const receiver = new RemoteWriteReceiver({
    seriesStore,
    telemetry: noTelemetry,
    logger: silentLogger,
    maxBytes: 1000,
  });
  const module = await Test.createTestingModule({
    controllers: [PrometheusWriteController],
    providers: [{ provide: REMOTE_WRITE_RECEIVER, useValue: receiver }],
  }).compile();
  application = module.createNestApplication();
  await application.init();
});

afterAll(() => application.close());

const post = (body: Uint8Array, contentType: string, encoding = 'snappy') =>
  request(application.getHttpServer())
    .post('/api/v1/write')
    .set('content-type', contentType)
    .set('content-encoding', encoding)
    .send(Buffer.from(body));

test.each(['1.0', '2.0'] as const)('takes %s', async (version) => {
  written.length = 0;
  const body = snappyCompress(encodeRemoteWrite([sample], new Map(), version));
  const response = await post(body, REMOTE_WRITE_CONTENT_TYPES[version]).expect(204);
  expect(written.map(({ labels, value }) => `${labels.toString()} ${value}`)).toEqual(['up 1']);
  const header = response.headers['x-prometheus-remote-write-samples-written'];
  expect(header).toBe(version === '2.0' ? '1' : undefined);
});

test('refuses what it cannot read', async () => {
  await post(Buffer.from('nonsense'), 'application/x-protobuf').expect(400, /not Snappy/);
  await post(Buffer.from('{}'), 'text/plain').expect(415);
  await post(Buffer.alloc(2000), 'application/x-protobuf').expect(413);
});
