import type { Server } from 'node:http';
import type { INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request from 'supertest';
import { noTelemetry } from '../../base/telemetry';
import { RedactStage, ingestConfig } from '../../ingest';
import { REDACTION, RedactionController } from './redaction.controller';

const AT = Date.UTC(2026, 5, 1);

let app: INestApplication;
let stage: RedactStage;

beforeEach(async () => {
  stage = new RedactStage(ingestConfig.parse({}).redaction, noTelemetry);
  const module = await Test.createTestingModule({
    controllers: [RedactionController],
    providers: [{ provide: REDACTION, useValue: stage }],
  }).compile();
  app = module.createNestApplication({ logger: false });
  await app.init();
});

afterEach(() => app.close());

const redaction = async (): Promise<unknown> => {
  const { status, body } = await request(app.getHttpServer() as Server).get('/api/stack/redaction');
  expect(status).toBe(200);
  return body;
};

test('nothing taken out is an empty list', async () => {
  expect(await redaction()).toEqual([]);
});

test('what was taken out, the most frequent rule first, without a value of it', async () => {
  const attributes = {
    'http.request.header.authorization': 'Bearer abcdefghijkl',
    'gen_ai.prompt': 'my secret plan',
    'gen_ai.completion': 'a better plan',
  };
  stage.metrics([], AT);
  stage.attributes(attributes);
  const body = await redaction();
  expect(body).toEqual([
    { rule: 'content', count: 2, lastAt: AT, time: '2026-06-01T00:00:00.000Z', exampleKey: 'gen_ai.completion' },
    expect.objectContaining({ rule: 'credential', count: 1, exampleKey: 'http.request.header.authorization' }),
  ]);
  expect(JSON.stringify(body)).not.toMatch(/plan|abcdefghijkl/);
});
