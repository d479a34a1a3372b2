/** For tests of applications and extensions. */
export { ManualClock } from './base/testing/manual-clock';
export { startTestTracing } from './instrument/testing/test-tracing';
export type { TestTracing } from './instrument/testing/test-tracing';
