import type { OperationOptions } from '../spans/operation-plan';

/** Options of a call that are not about what is called. */
export type CallOptions = Omit<OperationOptions, 'stage' | 'attributes' | 'kind'>;

/** The options that every kind of call shares, without those that were not given. */
export function sharedOptions(call: Omit<CallOptions, 'operation' | 'name'>): OperationOptions {
  const { thresholds, classify, resources, metrics, root, links } = call;
  return {
    ...(thresholds === undefined ? {} : { thresholds }),
    ...(classify === undefined ? {} : { classify }),
    ...(resources === undefined ? {} : { resources }),
    ...(metrics === undefined ? {} : { metrics }),
    ...(root === undefined ? {} : { root }),
    ...(links === undefined ? {} : { links }),
  };
}
