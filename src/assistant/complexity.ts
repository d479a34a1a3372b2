const HARD =
  /\b(refactor|redesign|architecture|concurren\w*|race|deadlock|migrat\w*|optimi[sz]e|prove|security|debug|why)\b/gi;
const CHANGES = /\b(add|fix|change|rename|document|implement|write|test|patch)\b/gi;

/** How hard a request looks, 0 to 1: by its length, the words that speak of change, and those that speak of trouble. */
export function estimateComplexity(message: string): number {
  const length = Math.min(0.3, message.length / 4_000);
  const changes = Math.min(0.3, 0.2 * (message.match(CHANGES)?.length ?? 0));
  const trouble = Math.min(0.5, 0.25 * (message.match(HARD)?.length ?? 0));
  return Math.min(1, 0.15 + length + changes + trouble);
}
