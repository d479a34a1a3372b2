import { basename, dirname, sep } from 'node:path';
import { findFiles } from '../read-lines';

/** The files of one session. */
export interface SessionFiles {
  /** The session's id, by its file's name. */
  readonly session: string;
  /** The session's own log; undefined where only sub-agents left one. */
  readonly main: string | undefined;
  readonly subAgents: readonly string[];
}

/**
 * Sessions below a path: a project folder, the folder of all projects, a session's log or its folder. Sub-agents' logs
 * lie under `<session>/subagents/`; older ones beside the session's, and name it inside.
 * @throws ImportSourceError when the path is not there.
 */
export async function findSessions(path: string): Promise<{ sessions: SessionFiles[]; loose: string[] }> {
  const files = await findFiles(path, (name) => name.endsWith('.jsonl'));
  const sessions = new Map<string, { main: string | undefined; subAgents: string[] }>();
  const loose: string[] = [];
  const at = (key: string): { main: string | undefined; subAgents: string[] } => {
    const known = sessions.get(key) ?? { main: undefined, subAgents: [] };
    sessions.set(key, known);
    return known;
  };
  for (const file of files) {
    const inner = subAgentsFolder(path, file);
    if (inner >= 0) at(file.slice(0, inner)).subAgents.push(file);
    else if (/^agent-/.test(basename(file))) loose.push(file);
    else at(file.slice(0, -'.jsonl'.length)).main = file;
  }
  const [only] = files;
  if (files.length === 1 && only === path && sessions.size === 1) {
    // One session's log was named: its sub-agents lie in the folder of the same name, or beside it.
    const folder = path.slice(0, -'.jsonl'.length);
    const own = at(folder);
    own.subAgents.push(...(await findFiles(folder, (name) => name.endsWith('.jsonl')).catch(() => [])));
    const beside = await findFiles(dirname(path), (name) => /^agent-.*\.jsonl$/.test(name), { inside: false });
    loose.push(...beside.filter((file) => file !== path));
  }
  // The session's folder was named: its own log lies beside that.
  const named = sessions.get(path);
  if (named !== undefined) named.main ??= (await findFiles(`${path}.jsonl`, () => true).catch(() => []))[0];
  return {
    sessions: [...sessions].map(([key, { main, subAgents }]) => ({ session: basename(key), main, subAgents })),
    loose,
  };
}

/** Where `/subagents/` begins in a file's path, the outermost below what was named; -1 when it lies in none. */
function subAgentsFolder(path: string, file: string): number {
  const marker = `${sep}subagents${sep}`;
  const below = file.indexOf(marker, path.length);
  return below >= 0 ? below : file.lastIndexOf(marker);
}
