export { TsdbSeriesStore } from './tsdb-series-store';
export type { TsdbOptions, TsdbStatistics } from './tsdb-series-store';
export { tsdbConfig } from './tsdb.config';
export type { TsdbConfig } from './tsdb.config';
export { CorruptDataError } from './errors';
