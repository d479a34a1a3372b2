import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../base/errors';
import type { Logger } from '../base/logger';
import type { DashboardFile } from '../http/stack/dashboards.controller';

/** Reads the dashboards of a folder anew at each call, so that an edited file shows at once; bad files are logged and left out. */
export function readDashboards(folder: string, logger: Logger): () => Promise<readonly DashboardFile[]> {
  return async () => {
    const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith('.json')).sort();
    const boards: DashboardFile[] = [];
    for (const name of names) {
      try {
        const parsed: unknown = JSON.parse(await readFile(join(folder, name), 'utf8'));
        if (isDashboard(parsed)) boards.push(parsed);
        else logger.warn('not a dashboard', { file: name });
      } catch (error) {
        logger.warn('dashboard cannot be read', { file: name, error: messageOf(error) });
      }
    }
    return boards;
  };
}

function isDashboard(value: unknown): value is DashboardFile {
  return (
    typeof value === 'object' &&
    value !== null &&
    'uid' in value &&
    typeof value.uid === 'string' &&
    'title' in value &&
    typeof value.title === 'string' &&
    'panels' in value
  );
}
