export { BacktestController } from './backtest.controller';
export { RELOAD, ReloadController } from './reload.controller';
export { RulesController } from './rules.controller';
export type { RulesApi } from './rules.controller';
