export { ObjectPool } from './object-pool/object-pool';
export type { AcquireOptions, ObjectPoolOptions } from './object-pool/object-pool';
export type { Lease } from './object-pool/lease';
export type { Leak } from './object-pool/leak-watch';
export type { PoolStats } from '../shared/pool-telemetry';
export { ResourceManager } from './resource-manager/resource-manager';
export type { ListenerTarget, ResourceManagerOptions } from './resource-manager/resource-manager';
export type { DisposalReport, OwnedResource } from './resource-manager/owned';
