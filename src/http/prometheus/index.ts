import { AdminController } from './admin.controller';
import { QueryController } from './query.controller';
import { SeriesController } from './series.controller';
import { StatusController } from './status.controller';

export { ADMIN_ACCESS } from './admin.controller';
export type { AdminAccess } from './admin.controller';
export { PrometheusErrorFilter } from './prometheus-error.filter';
export { AdminController, QueryController, SeriesController, StatusController };
export { STATUS_SOURCE, StoreStatus } from './status-source';
export type { StatusSource, StoreStatusOptions } from './status-source';

/** All controllers of this API; they ask for PROMQL_ENGINE, SERIES_STORE, STATUS_SOURCE, ADMIN_ACCESS and CLOCK. */
export const prometheusControllers = [QueryController, SeriesController, StatusController, AdminController] as const;
