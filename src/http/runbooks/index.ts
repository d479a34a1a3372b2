export { RUNBOOKS, RunbooksController } from './runbooks.controller';
export type { Runbooks } from './runbooks.controller';
