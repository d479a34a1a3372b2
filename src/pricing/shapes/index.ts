import { anthropic, claudeModelUsage } from './anthropic';
import { bedrock, invokeModel } from './bedrock';
import { gemini, geminiInteractions } from './gemini';
import { codex, openaiChat, openaiResponses } from './openai';
import {
  cohere,
  cursor,
  ocr,
  ollama,
  openrouterGeneration,
  requestResponse,
  textGeneration,
  totalOnly,
  vercel,
  vercelSplit,
} from './others';
import { alephAlpha, cohereTokenCount, googleEmbeddings, jurassic, llamaApi, llamaTimings, palm } from './rarer';
import type { UsageShape } from './shape';

export type { UsageShape } from './shape';

/** All shapes, the most telling first. */
export const usageShapes: readonly UsageShape[] = [
  vercelSplit,
  cursor,
  cohere,
  codex,
  anthropic,
  claudeModelUsage,
  bedrock,
  textGeneration,
  cohereTokenCount,
  openaiChat,
  openaiResponses,
  gemini,
  geminiInteractions,
  googleEmbeddings,
  palm,
  alephAlpha,
  jurassic,
  llamaApi,
  llamaTimings,
  invokeModel,
  ollama,
  openrouterGeneration,
  requestResponse,
  vercel,
  ocr,
  totalOnly,
];
