import { describeSeriesStore } from '../conformance/series-store';
import { MemorySeriesStore } from './memory-series-store';

describeSeriesStore('MemorySeriesStore', () =>
  Promise.resolve({ store: new MemorySeriesStore(), now: 1_767_225_600_000, dispose: () => Promise.resolve() }),
);
