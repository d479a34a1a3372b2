export { MemorySeriesStore } from './memory-series-store';
export { MemoryStateStore } from './memory-state-store';
