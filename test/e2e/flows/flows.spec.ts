import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { playFlow } from '../../harness/flow';

const files = readdirSync(__dirname).filter((name) => name.endsWith('.flow'));

/** A file may hold several flows; each begins with `flow <name>`. */
const flows = files.flatMap((file) => {
  const [, ...parts] = readFileSync(join(__dirname, file), 'utf8').split(/^flow /m);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    return { name: `${file.replace(/\.flow$/, '')}: ${part.slice(0, end).trim()}`, text: part.slice(end + 1) };
  });
});

test.each(flows)('$name', ({ text }) => playFlow(text));
