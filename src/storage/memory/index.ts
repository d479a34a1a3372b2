export { MemorySeriesStore } from './memory-series-store';
export { MemorySpanStore } from './memory-span-store';
export { MemoryStateStore } from './memory-state-store';
