import { anthropic, claudeModelUsage } from './anthropic';
import { bedrock, invokeModel } from './bedrock';
import { gemini, geminiInteractions, vertexEmbeddings } from './gemini';
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
  openaiChat,
  openaiResponses,
  gemini,
  geminiInteractions,
  vertexEmbeddings,
  invokeModel,
  ollama,
  openrouterGeneration,
  textGeneration,
  requestResponse,
  vercel,
  ocr,
  totalOnly,
];
