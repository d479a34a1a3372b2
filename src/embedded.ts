/** A whole stack within one's own process: `startStack(loadConfig({ cwd }), …)`; its `intake` takes telemetry past the wire. */
export { loadConfig } from './config';
export type { ConfigOptions, StackConfig } from './config';
export { startStack } from './main';
export type { RunningStack, StackSurroundings } from './main';
