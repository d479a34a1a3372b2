import fc from 'fast-check';
import { ManualClock } from '../../../base/testing/manual-clock';
import { noTelemetry } from '../../../base/telemetry';
import { ResourceManager } from './resource-manager';

const DEADLINE = 50;

/** How a disposer behaves: at once or after a time, well or with a throw; without an end it hangs. */
interface Leaf {
  readonly ends: number | undefined;
  readonly throws: boolean;
  /** Given up before the scope is disposed of. */
  readonly early: boolean;
}

type Tree = Leaf | readonly Tree[];

const leaf = fc.record({
  ends: fc.option(fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 2 * DEADLINE })), { nil: undefined, freq: 6 }),
  throws: fc.boolean(),
  early: fc.boolean(),
});
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof({ maxDepth: 3, withCrossShrink: true }, leaf, fc.array(tie('tree'), { maxLength: 5 })),
}));

interface Played {
  readonly begun: string[];
  readonly early: (() => Promise<unknown>)[];
  readonly scopes: Map<string, ResourceManager>;
}

function isLeaf(node: Tree): node is Leaf {
  return 'ends' in node;
}

/** Builds the tree in a scope; the names are paths. */
function build(nodes: readonly Tree[], scope: ResourceManager, path: string, clock: ManualClock, played: Played): void {
  nodes.forEach((node, index) => {
    const name = `${path}${index}`;
    if (!isLeaf(node)) {
      const child = scope.child(name);
      played.scopes.set(name, child);
      build(node, child, `${name}.`, clock, played);
      return;
    }
    const cancel = scope.add(name, () => {
      played.begun.push(`${name} at ${clock.elapsed()}`);
      const fail = (): void => {
        if (node.throws) throw new Error(`${name} fails`);
      };
      if (node.ends === undefined) return new Promise<void>(() => undefined);
      if (node.ends === 0) return fail();
      return clock.sleep(node.ends).then(fail);
    });
    if (node.early) played.early.push(() => cancel().catch(() => undefined));
  });
}

interface Expected {
  at: number;
  readonly begun: string[];
  disposed: number;
  readonly failed: string[];
  readonly timedOut: string[];
}

/** What must come of it, told by the rules alone: the last first, one after the other, each to the deadline. */
function expected(nodes: readonly Tree[], path: string, shown: string, into: Expected): void {
  for (let index = nodes.length - 1; index >= 0; index--) {
    const node = nodes[index];
    if (node === undefined) continue;
    const name = `${path}${index}`;
    if (!isLeaf(node)) {
      expected(node, `${name}.`, `${shown}${name}/`, into);
      continue;
    }
    // What was given up early began then, at 0, and is waited for when its turn comes and it has not ended.
    const began = node.early ? 0 : into.at;
    if (!node.early) into.begun.push(`${name} at ${into.at}`);
    const ends = began + (node.ends ?? Infinity);
    if (node.early && ends <= into.at) continue;
    if (ends > into.at + DEADLINE) {
      into.at += DEADLINE;
      into.timedOut.push(`${shown}${name}`);
      continue;
    }
    into.at = Math.max(into.at, ends);
    if (node.throws) into.failed.push(`${shown}${name}`);
    else into.disposed++;
  }
}

test('of any tree: each once, the last first, those within before what they are in, to the deadline; nobody is lost', async () => {
  let late = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(tree, { maxLength: 6 }), async (nodes) => {
      const clock = new ManualClock();
      const root = new ResourceManager({ name: 'test', deadline: DEADLINE, clock, telemetry: noTelemetry });
      const played: Played = { begun: [], early: [], scopes: new Map() };
      build(nodes, root, '', clock, played);
      for (const cancel of played.early) void cancel();
      await clock.advance(0);
      const givenUp = played.begun.splice(0);
      expect(new Set(givenUp).size).toBe(played.early.length);

      const want: Expected = { at: 0, begun: [], disposed: 0, failed: [], timedOut: [] };
      expected(nodes, '', '', want);
      let endedAt: number | undefined;
      const disposing = root.dispose();
      void disposing.then(() => (endedAt = clock.elapsed()));
      await clock.advance(want.at);
      const { disposed, failed, timedOut } = await disposing;
      expect(played.begun).toEqual(want.begun);
      expect({ disposed, failed: failed.map(({ name }) => name), timedOut }).toEqual({
        disposed: want.disposed,
        failed: want.failed,
        timedOut: want.timedOut,
      });
      expect(endedAt).toBe(want.at);
      late += timedOut.length;

      // The leak report names what hangs, and the scopes it hangs in, for as long as it does.
      await clock.advance(2 * DEADLINE);
      const leaks = [root, ...played.scopes.values()].flatMap((scope) => scope.report().map(({ name }) => name));
      expect(new Set(leaks)).toEqual(hanging(nodes, ''));
      expect(clock.pending).toBe(0);
    }),
    { seed: 4, numRuns: 120 },
  );
  expect(late).toBeGreaterThan(40);
});

/** Names of disposers without an end, and of scopes that have such within. */
function hanging(nodes: readonly Tree[], path: string): Set<string> {
  const names = new Set<string>();
  nodes.forEach((node, index) => {
    const name = `${path}${index}`;
    if (isLeaf(node)) {
      if (node.ends === undefined) names.add(name);
      return;
    }
    const within = hanging(node, `${name}.`);
    if (within.size > 0) names.add(name);
    for (const each of within) names.add(each);
  });
  return names;
}
