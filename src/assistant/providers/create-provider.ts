import { HttpPool } from '../../toolkit/net';
import { AnthropicProvider } from './anthropic';
import { OpenAiCompatibleProvider } from './openai-compatible';
import { PooledSender } from './pooled-sender';
import { SimulatedProvider } from './simulated';
import type { Clock } from '../../base/clock';
import type { AssistantConfig } from '../assistant.config';
import type { Incident } from '../incident';
import type { ModelProvider } from './provider';

/** The provider that the configuration names. */
export function createProvider(config: AssistantConfig['provider'], incident: Incident, clock: Clock): ModelProvider {
  if (config.kind === 'simulated')
    return new SimulatedProvider(clock, { seed: config.seed, speed: config.speed, incident });
  const sender = new PooledSender(
    new HttpPool({ name: 'model-provider', connections: 32, headersTimeout: 60_000, bodyTimeout: 120_000, clock }),
  );
  const { models, baseUrl, apiKey } = config;
  if (config.kind === 'anthropic') {
    return new AnthropicProvider(
      { apiKey: config.apiKey, models, ...(baseUrl === undefined ? {} : { baseUrl }) },
      sender,
    );
  }
  const options = { baseUrl: config.baseUrl, models, providerName: config.providerName };
  return new OpenAiCompatibleProvider({ ...options, ...(apiKey === undefined ? {} : { apiKey }) }, sender);
}
