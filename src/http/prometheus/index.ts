import { QueryController } from './query.controller';
import { SeriesController } from './series.controller';
import { StatusController } from './status.controller';

export { PrometheusErrorFilter } from './prometheus-error.filter';
export { QueryController, SeriesController, StatusController };
export { STATUS_SOURCE, StoreStatus } from './status-source';
export type { StatusSource, StoreStatusOptions } from './status-source';

/** All controllers of this API; they ask for PROMQL_ENGINE, SERIES_STORE, STATUS_SOURCE and CLOCK. */
export const prometheusControllers = [QueryController, SeriesController, StatusController] as const;
