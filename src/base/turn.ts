/** Resolves on the next turn of the event loop, after pending input and output. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
