#!/usr/bin/env node
import { runCli } from './run';
import { commands } from './commands';

void runCli(process.argv, commands);
