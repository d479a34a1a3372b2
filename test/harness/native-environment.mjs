import { createRequire } from 'node:module';
import { TestEnvironment } from 'jest-environment-node';

/**
 * Jest's environment for Node, with a `require` of Node itself as `nativeRequire`: what it loads runs outside of Jest's
 * own module loader, which has no dynamic import.
 */
export default class NativeEnvironment extends TestEnvironment {
  constructor(config, context) {
    super(config, context);
    this.global.nativeRequire = createRequire(import.meta.url);
  }
}
