export { importClaudeCode } from './claude-code';
export { importCodex } from './codex';
export { importOtlpJson } from './otlp-json';
export type { OtlpJsonOutcome } from './otlp-json';
export { sessionTotals } from './imported-session';
export type { ImportedAgent, ImportedSession, OnProgress } from './imported-session';
export { StackTarget, StoresTarget } from './targets';
export type { ImportTarget } from './targets';
export { ImportRefusedError, ImportSourceError } from './errors';
