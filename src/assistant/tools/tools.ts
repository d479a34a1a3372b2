import { Registry } from '../../base/registry';
import { applyPatch } from './apply-patch';
import { listDir } from './list-dir';
import { readFile } from './read-file';
import { searchText } from './search-text';
import type { AnyTool } from './tool';

/** The tools that the assistant offers its model. */
export const tools: Registry<AnyTool> = new Registry('tool', [readFile, listDir, searchText, applyPatch]);
