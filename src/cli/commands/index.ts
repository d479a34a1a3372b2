import type { CommandDefinition } from '../command';
import { importVerb } from '../stack-verbs';
import { check } from './check';
import { config } from './config';
import { demo } from './demo/demo';
import { doctor } from './doctor';
import { serve } from './serve';
import { test } from './test';

/** All verbs, in the order of the help text. */
export const commands: readonly CommandDefinition[] = [serve, demo, check, test, importVerb, doctor, config];
