import { describeStateStore } from '../conformance/state-store';
import { MemoryStateStore } from './memory-state-store';

describeStateStore('MemoryStateStore', () =>
  Promise.resolve({ store: new MemoryStateStore(), dispose: () => Promise.resolve() }),
);
