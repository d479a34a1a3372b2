import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { RedisInvalidationBus, RedisTier, TieredCache } from '../toolkit/cache';
import { BatchWriter, ConnectionPool, PostgresDriver, SqliteDriver } from '../toolkit/data';
import { ModelSelector, RequestBatcher } from '../toolkit/llm';
import { ResourceManager } from '../toolkit/resources';
import { ChatService } from './chat-service';
import { ContextFitter } from './context-fitter';
import { ModelCaller, executeCall } from './model-caller';
import { createProvider } from './providers/create-provider';
import { ConversationStore } from './store/conversation-store';
import { migrate } from './store/migrate';
import { exhaustPoolOn } from './store/pool-exhaustion';
import { UsageLedger } from './store/usage-ledger';
import { ToolRunner } from './tool-runner';
import { writeSampleWorkspace } from './tools/sample-workspace';
import { Workspace } from './tools/workspace';
import type { Clock } from '../base/clock';
import type { AssistantConfig } from './assistant.config';
import type { Incident } from './incident';
import type { CallQueue, ModelAnswer, QueuedCall } from './model-caller';
import type { ModelProvider } from './providers/provider';

/** Tokens kept free for an answer. */
const OUTPUT_RESERVE = 8_192;

/** A working assistant without its HTTP server. */
export interface Assembled extends AsyncDisposable {
  readonly chats: ChatService;
}

/** Builds the assistant's parts; disposing takes them down in reverse. */
export async function assemble(config: AssistantConfig, incident: Incident, clock: Clock): Promise<Assembled> {
  const scope = new ResourceManager({ name: 'assistant', deadline: 10_000, clock });
  try {
    const pool = await openStore(config, clock, scope);
    await migrate(pool, clock.now());
    const writer = scope.use(
      new BatchWriter({
        name: 'model-calls',
        executor: pool,
        tables: { model_calls: { key: ['id'], onConflict: 'nothing' } },
        window: 250,
        maxPending: 10_000,
        clock,
      }),
    );
    scope.add('incident exhausted-pool', exhaustPoolOn(incident, pool));
    const workspace = await openWorkspace(config, scope);
    const cache = openCache(config, clock, scope);
    const provider = createProvider(config.provider, incident, clock);
    scope.add('model provider', async () => provider.close?.());
    const models = new ModelCaller(
      provider,
      scope.use(new ContextFitter(clock, OUTPUT_RESERVE)),
      scope.use(new ModelSelector({ name: 'chat', candidates: candidatesOf(provider), clock })),
      openQueue(config, provider, clock, scope),
    );
    const chats = new ChatService(
      models,
      new ToolRunner(workspace, cache, clock),
      new ConversationStore(pool, clock),
      new UsageLedger(writer, clock),
      clock,
    );
    return { chats, [Symbol.asyncDispose]: () => scope[Symbol.asyncDispose]() };
  } catch (error) {
    await scope.dispose();
    throw error;
  }
}

async function openStore(
  { store, storeTimeout }: AssistantConfig,
  clock: Clock,
  scope: ResourceManager,
): Promise<ConnectionPool> {
  const common = {
    name: 'conversations',
    read: { max: 4, acquireTimeout: storeTimeout },
    write: { max: 2, acquireTimeout: storeTimeout },
    analytics: { max: 1 },
    // People come in waves: connections are open before one that was foretold.
    warmUp: {},
    applicationName: 'telltale-assistant',
    clock,
  };
  if (store.kind === 'postgres') {
    const driver = (url: AssistantUrl): PostgresDriver => new PostgresDriver({ connectionString: url.reveal() });
    const replicas = store.replicas.map(driver);
    return scope.use(new ConnectionPool({ ...common, primary: driver(store.url), replicas }));
  }
  return scope.use(
    new ConnectionPool({ ...common, primary: new SqliteDriver(store.file ?? (await temporaryFile(scope))) }),
  );
}

type AssistantUrl = Extract<AssistantConfig['store'], { kind: 'postgres' }>['url'];

async function temporaryFile(scope: ResourceManager): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'telltale-store-'));
  scope.add('temporary store', () => rm(folder, { recursive: true, force: true }));
  return join(folder, 'conversations.db');
}

async function openWorkspace({ workspace }: AssistantConfig, scope: ResourceManager): Promise<Workspace> {
  const sample = workspace === undefined ? await writeSampleWorkspace() : undefined;
  const copy = scope.use(await Workspace.copyOf(workspace ?? sample ?? '.'));
  if (sample !== undefined) await rm(sample, { recursive: true, force: true });
  return copy;
}

/** What tools read, in memory; in Redis too, and forgotten together with other instances, when there is one. */
function openCache({ redisUrl }: AssistantConfig, clock: Clock, scope: ResourceManager): TieredCache<string> {
  const common = { name: 'tool-results', ttl: 300_000, memory: { maxEntries: 2_000 }, clock };
  if (redisUrl === undefined) return scope.use(new TieredCache<string>(common));
  const redis = new Redis(redisUrl.reveal(), { maxRetriesPerRequest: 1, enableOfflineQueue: false });
  redis.on('error', () => undefined);
  const bus = new RedisInvalidationBus(redis);
  return scope.use(new TieredCache<string>({ ...common, tiers: [new RedisTier(redis)], bus }));
}

/** Model calls take turns, fairly between clients, the urgent ones first. */
function openQueue(
  { modelConcurrency }: AssistantConfig,
  provider: ModelProvider,
  clock: Clock,
  scope: ResourceManager,
): CallQueue {
  return scope.use(
    new RequestBatcher<QueuedCall, ModelAnswer, string>({
      name: 'model-calls',
      maxItems: 1,
      window: 0,
      concurrency: modelConcurrency,
      maxQueued: 500,
      spans: false,
      execute: (items) =>
        Promise.all(items.map((item) => executeCall(provider, item.input, (text) => item.emit(text), item.signal))),
      clock,
    }),
  );
}

/** The first model is the preferred one; the others are taken for quicker and a little less good, one after the other. */
function candidatesOf(
  provider: ModelProvider,
): { model: string; provider: string; capabilities: string[]; quality: number; latency: number }[] {
  return provider.models.map((model, rank) => ({
    model,
    provider: provider.name,
    capabilities: ['tools'],
    quality: Math.max(0.5, 0.9 - 0.12 * rank),
    latency: Math.max(500, 2_000 / (1 + rank)),
  }));
}
