import { Registry } from '../../base/registry';
import { claudeCode } from './claude-code';
import { codex } from './codex';
import { copilot } from './copilot';
import type { Dialect } from './dialect';
import { geminiCli } from './gemini-cli';
import { genAiV01 } from './genai-v01';
import { genAiV136 } from './genai-v136';
import { genAiV141 } from './genai-v141';
import { openInference } from './openinference';
import { openLlmetry } from './openllmetry';
import { imported, telltale } from './telltale';
import { vercelAi } from './vercel-ai';

/** All dialects; the first that owns a record reads it, so the particular ones stand before the general. */
export const dialects = new Registry<Dialect>('dialect', [
  imported,
  claudeCode,
  codex,
  geminiCli,
  copilot,
  openInference,
  openLlmetry,
  vercelAi,
  telltale,
  genAiV01,
  genAiV141,
  genAiV136,
]);

export { AttributeReader } from './attribute-reader';
export type { Finding, FindingKind } from './attribute-reader';
export type { Dialect, Reading } from './dialect';
