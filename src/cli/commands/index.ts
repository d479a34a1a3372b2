import type { CommandDefinition } from '../command';
import { check } from './check';
import { config } from './config';
import { demo } from './demo/demo';
import { serve } from './serve';
import { test } from './test';

/** All verbs, in the order of the help text. */
export const commands: readonly CommandDefinition[] = [serve, demo, check, test, config];
