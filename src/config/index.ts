export { loadConfig, stackConfig } from './config';
export type { ConfigOptions, StackConfig } from './config';
export { readEnvironment } from './env';
export type { Environment } from './env';
export { formatFault, InvalidConfigError } from './faults';
export type { ConfigFault } from './faults';
export { checkSchema, loadYaml } from './load-yaml';
export type { YamlText } from './load-yaml';
export { printConfig } from './print';
