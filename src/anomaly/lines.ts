import { createInterface } from 'node:readline';
import { RarityDetector } from './detectors/rarity';

/**
 * A detector that speaks lines: a first line is a heading (JSON) and is passed over; each further line `timestamp,value`
 * (UTC, `YYYY-MM-DD HH:MM:SS`) is answered by its score before the next is read.
 */
function main(): void {
  const detector = new RarityDetector();
  createInterface({ input: process.stdin }).on('line', (line) => {
    const comma = line.indexOf(',');
    if (line.startsWith('{') || comma < 0) return;
    const t = Date.parse(`${line.slice(0, comma).trim().replace(' ', 'T')}Z`);
    const value = Number(line.slice(comma + 1));
    const score = Number.isFinite(value) && Number.isFinite(t) ? detector.observe(t, value).score : 0;
    process.stdout.write(`${score}\n`);
  });
}

main();
