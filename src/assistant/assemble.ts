import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectionPool, SqliteDriver } from '../toolkit/data';
import { ChatService } from './chat-service';
import { ModelCaller } from './model-caller';
import { AnthropicProvider } from './providers/anthropic';
import { OpenAiCompatibleProvider } from './providers/openai-compatible';
import { SimulatedProvider } from './providers/simulated';
import { UndiciSender } from './providers/undici-sender';
import { ConversationStore } from './store/conversation-store';
import { migrate } from './store/migrate';
import { exhaustPoolOn } from './store/pool-exhaustion';
import { ToolRunner } from './tool-runner';
import { writeSampleWorkspace } from './tools/sample-workspace';
import { Workspace } from './tools/workspace';
import type { Clock } from '../base/clock';
import type { AssistantConfig } from './assistant.config';
import type { Incident } from './incident';
import type { ModelProvider } from './providers/provider';

/** A working assistant without its HTTP server. */
export interface Assembled extends AsyncDisposable {
  readonly chats: ChatService;
}

/** Builds the assistant's parts; disposing takes them down in reverse. */
export async function assemble(config: AssistantConfig, incident: Incident, clock: Clock): Promise<Assembled> {
  const stack: (() => Promise<void> | void)[] = [];
  const dispose = async (): Promise<void> => {
    for (let undo = stack.pop(); undo !== undefined; undo = stack.pop()) await undo();
  };
  try {
    const pool = await openStore(config, clock, stack);
    await migrate(pool, clock.now());
    stack.push(exhaustPoolOn(incident, pool));
    const workspace = await openWorkspace(config, stack);
    const provider = createProvider(config.provider, incident, clock);
    stack.push(async () => provider.close?.());
    const chats = new ChatService(
      new ModelCaller(provider),
      new ToolRunner(workspace, clock),
      new ConversationStore(pool, clock),
      clock,
    );
    return { chats, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function openStore(
  { store, storeTimeout }: AssistantConfig,
  clock: Clock,
  stack: (() => Promise<void> | void)[],
): Promise<ConnectionPool> {
  let file = store.kind === 'embedded' ? store.file : undefined;
  if (file === undefined) {
    const folder = await mkdtemp(join(tmpdir(), 'telltale-store-'));
    stack.push(() => rm(folder, { recursive: true, force: true }));
    file = join(folder, 'conversations.db');
  }
  const pool = new ConnectionPool({
    name: 'conversations',
    primary: new SqliteDriver(file),
    read: { max: 4, acquireTimeout: storeTimeout },
    write: { max: 2, acquireTimeout: storeTimeout },
    analytics: { max: 1 },
    applicationName: 'telltale-assistant',
    clock,
  });
  stack.push(() => pool.close());
  return pool;
}

async function openWorkspace(
  { workspace }: AssistantConfig,
  stack: (() => Promise<void> | void)[],
): Promise<Workspace> {
  const sample = workspace === undefined ? await writeSampleWorkspace() : undefined;
  const copy = await Workspace.copyOf(workspace ?? sample ?? '.');
  stack.push(() => copy[Symbol.asyncDispose]());
  if (sample !== undefined) await rm(sample, { recursive: true, force: true });
  return copy;
}

function createProvider(config: AssistantConfig['provider'], incident: Incident, clock: Clock): ModelProvider {
  switch (config.kind) {
    case 'simulated':
      return new SimulatedProvider(clock, { seed: config.seed, speed: config.speed, incident });
    case 'anthropic': {
      const { apiKey, models, baseUrl } = config;
      const options = { apiKey, models, ...(baseUrl === undefined ? {} : { baseUrl }) };
      return new AnthropicProvider(options, new UndiciSender());
    }
    case 'openai-compatible': {
      const { apiKey, models, baseUrl, providerName } = config;
      const options = { baseUrl, models, providerName, ...(apiKey === undefined ? {} : { apiKey }) };
      return new OpenAiCompatibleProvider(options, new UndiciSender());
    }
  }
}
