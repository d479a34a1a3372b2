/** The shapes of requests and answers over HTTP, for clients in TypeScript. Types alone: nothing is loaded. */
export type * from './alertmanager';
export type * from './backtest';
export type * from './jaeger';
export type * from './prometheus';
export type * from './prometheus-rules';
export type * from './stack';
export type * from './trace-search';
