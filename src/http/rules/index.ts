export { BacktestController } from './backtest.controller';
export { RELOADABLES, ReloadController } from './reload.controller';
export type { Reloadable } from './reload.controller';
export { RulesController } from './rules.controller';
export type { RulesApi } from './rules.controller';
