import 'reflect-metadata';
import {
  Body,
  Controller,
  ForbiddenException,
  Get,
  HttpCode,
  Injectable,
  Module,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Sse,
  UseGuards,
  UseInterceptors,
} from '@nestjs/common';
import { EventEmitter2, EventEmitterModule, OnEvent } from '@nestjs/event-emitter';
import { Client, ClientProxy, MessagePattern, Transport } from '@nestjs/microservices';
import { Cron, ScheduleModule, SchedulerRegistry } from '@nestjs/schedule';
import { ApiOperation, DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { Test } from '@nestjs/testing';
import { Registry } from 'prom-client';
import { firstValueFrom, from, map } from 'rxjs';
import request from 'supertest';
import { Instrument, InstrumentParsing, InstrumentTool } from '../decorators/instrument';
import { startTestTracing } from '../testing/test-tracing';
import { ObservabilityModule } from './observability.module';
import { OBSERVABILITY_OPTIONS, TELEMETRY } from './tokens';
import type { TestTracing } from '../testing/test-tracing';
import type { Telemetry } from '../../base/telemetry';
import type { CallHandler, CanActivate, INestApplication, MessageEvent, NestInterceptor, Type } from '@nestjs/common';
import type { Observable } from 'rxjs';
import type { Server } from 'node:http';

class Locked implements CanActivate {
  canActivate(): boolean {
    throw new ForbiddenException();
  }
}

class Wrapping implements NestInterceptor {
  intercept(_context: unknown, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((value: unknown) => ({ value })));
  }
}

/** The same controller with and without our decorators, above or below Nest's. */
function controllerWith(above: MethodDecorator, below: MethodDecorator, onClass: ClassDecorator): Type<object> {
  @Controller('assistant')
  class AssistantController {
    readonly heard: unknown[] = [];
    ticks = 0;

    @above
    @Get('locked')
    @UseGuards(Locked)
    @below
    locked(): string {
      return 'secret';
    }

    @above
    @Get('items/:id')
    @UseInterceptors(Wrapping)
    @ApiOperation({ summary: 'one item' })
    @below
    item(@Param('id', ParseIntPipe) id: number, @Query('q') q: string): { id: number; q: string } {
      return { id, q };
    }

    @above
    @Post('chat')
    @HttpCode(202)
    @below
    async chat(@Body() body: { text: string }): Promise<{ length: number }> {
      return Promise.resolve({ length: body.text.length });
    }

    @above
    @Sse('stream')
    @below
    stream(): Observable<MessageEvent> {
      return from(['a', 'b']).pipe(map((data) => ({ data })));
    }

    @above
    @OnEvent('said')
    @below
    hear(payload: unknown): void {
      this.heard.push(payload);
    }

    @above
    @Cron('0 0 1 1 *', { name: 'yearly' })
    @below
    tick(): void {
      this.ticks++;
    }

    @above
    @MessagePattern('sum')
    @below
    sum(numbers: number[]): number {
      return numbers.reduce((total, number) => total + number, 0);
    }
  }
  onClass(AssistantController);
  return AssistantController;
}

const nothing: MethodDecorator & ClassDecorator = () => undefined;
const ours = (): MethodDecorator => Instrument() as MethodDecorator;
const PORT = 38_917;

class Talker {
  @Client({ transport: Transport.TCP, options: { port: PORT } })
  readonly client!: ClientProxy;
}

async function start(controller: Type<object>): Promise<INestApplication<Server>> {
  const module = await Test.createTestingModule({
    imports: [
      EventEmitterModule.forRoot(),
      ScheduleModule.forRoot(),
      ObservabilityModule.forRoot({ registry: new Registry(), tracing: false, runtime: false }),
    ],
    controllers: [controller],
    providers: [Talker],
  }).compile();
  const app: INestApplication<Server> = module.createNestApplication({ logger: false });
  app.connectMicroservice({ transport: Transport.TCP, options: { port: PORT } });
  await app.startAllMicroservices();
  await app.init();
  return app;
}

describe.each([
  ['without decorators', controllerWith(nothing, nothing, nothing), 0],
  ["above Nest's decorators", controllerWith(ours(), nothing, nothing), 1],
  ["below Nest's decorators", controllerWith(nothing, ours(), nothing), 1],
  ['on the class', controllerWith(nothing, nothing, Instrument()), 1],
  ['twice, and on the class', controllerWith(ours(), InstrumentTool() as MethodDecorator, Instrument()), 1],
])('a Nest application, %s', (_name, controller, spansPerCall) => {
  let tracing: TestTracing;
  let app: INestApplication<Server>;

  beforeAll(async () => {
    tracing = startTestTracing();
    app = await start(controller);
  });
  beforeEach(() => tracing.clear());
  afterAll(async () => {
    await app.get(Talker).client.close();
    await app.close();
    await tracing.stop();
  });

  test('a guarded route stays guarded', async () => {
    await request(app.getHttpServer()).get('/assistant/locked').expect(403);
    expect(tracing.spans()).toHaveLength(0);
  });

  test('pipes, interceptors and statuses', async () => {
    await request(app.getHttpServer())
      .get('/assistant/items/7?q=x')
      .expect(200, { value: { id: 7, q: 'x' } });
    await request(app.getHttpServer()).get('/assistant/items/seven').expect(400);
    await request(app.getHttpServer()).post('/assistant/chat').send({ text: 'abc' }).expect(202, { length: 3 });
    expect(tracing.spans()).toHaveLength(2 * spansPerCall);
  });

  test('an SSE route', async () => {
    const response = await request(app.getHttpServer()).get('/assistant/stream').expect(200);
    expect(response.text).toContain('data: a');
    expect(response.text).toContain('data: b');
    expect(tracing.spans()).toHaveLength(spansPerCall);
  });

  test('operation ids and parameters of Swagger', () => {
    const document = SwaggerModule.createDocument(app, new DocumentBuilder().build());
    const item = document.paths['/assistant/items/{id}']?.get;
    expect(item?.operationId).toBe('AssistantController_item');
    expect(item?.summary).toBe('one item');
    expect(item?.parameters).toEqual([
      { name: 'id', required: true, in: 'path', schema: { type: 'number' } },
      { name: 'q', required: true, in: 'query', schema: { type: 'string' } },
    ]);
  });

  test('events, timers and messages', async () => {
    const instance = app.get<{ heard: unknown[]; ticks: number }>(controller);
    await app.get(EventEmitter2).emitAsync('said', { text: 'hi' });
    expect(instance.heard).toEqual([{ text: 'hi' }]);
    await app.get(SchedulerRegistry).getCronJob('yearly').fireOnTick();
    expect(instance.ticks).toBe(1);
    await expect(firstValueFrom(app.get(Talker).client.send('sum', [1, 2, 3]))).resolves.toBe(6);
    expect(tracing.spans()).toHaveLength(3 * spansPerCall);
  });
});

@Injectable()
class Parser {
  @InstrumentParsing({ name: 'parse' })
  parse(text: string): string[] {
    return text.split(' ');
  }
}

@Module({ providers: [Parser], exports: [Parser] })
class ParserModule {}

test('the module serves the exposition, by factory too, and its options can be overridden', async () => {
  const overridden = new Registry();
  const module = await Test.createTestingModule({
    imports: [
      ParserModule,
      ObservabilityModule.forRootAsync({
        metricsPath: 'internal/metrics',
        inject: [],
        useFactory: () => ({ registry: new Registry(), tracing: false }),
      }),
    ],
  })
    .overrideProvider(OBSERVABILITY_OPTIONS)
    .useValue({ registry: overridden, tracing: false, runtime: { diskPaths: ['/'] } })
    .compile();
  const app: INestApplication<Server> = module.createNestApplication({ logger: false });
  await app.init();
  app.get(Parser).parse('a b');
  app.get<Telemetry>(TELEMETRY).counter('own_total', 'Own.').add(2);
  const { text, headers } = await request(app.getHttpServer()).get('/internal/metrics').expect(200);
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
  for (const line of [
    'telltale_operations_total{stage="parsing",operation="parse",outcome="ok"} 1',
    'own_total 2',
    'nodejs_eventloop_utilization_ratio ',
    'nodejs_heap_size_limit_bytes ',
    'telltale_disk_free_bytes{path="/"} ',
    'process_cpu_seconds_total ',
  ]) {
    expect(text).toContain(line);
  }
  const open = await request(app.getHttpServer())
    .get('/internal/metrics')
    .set('Accept', 'application/openmetrics-text;version=1.0.0')
    .expect(200);
  expect(open.headers['content-type']).toContain('application/openmetrics-text');
  expect(open.text).toMatch(/# EOF\n$/);
  await app.close();
  overridden.clear();
});
