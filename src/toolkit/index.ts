export { ClosedError, PoolTimeoutError, QueueFullError, ResourceFailedError, ToolkitOptionsError } from './errors';
