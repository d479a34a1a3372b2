import { windowOf } from './row-window';

describe('the rows that exist', () => {
  test.each([
    { name: 'all of a short list', first: 0, total: 3, want: [0, 1, 2] },
    { name: 'none of an empty list', first: 0, total: 0, want: [] },
    { name: 'what is in view and two beyond', first: 0, total: 100, want: [0, 1, 2, 3, 4, 5, 6] },
    { name: 'two before as well', first: 10, total: 100, want: [8, 9, 10, 11, 12, 13, 14] },
    { name: 'the last of the list', first: 97, total: 100, want: [93, 94, 95, 96, 97, 98, 99] },
  ])('are $name', ({ first, total, want }) => {
    const { indexes, count } = windowOf(first, 3, 2, total, undefined);
    expect(indexes).toEqual(want);
    expect(count).toBe(want.length);
  });

  it('stay in their elements while the list is scrolled, and those that come take the place of those that went', () => {
    const before = windowOf(10, 3, 2, 100, undefined);
    const after = windowOf(13, 3, 2, 100, before.anchor);
    // 8, 9 and 10 went; 15, 16 and 17 came.
    expect(after.indexes).toEqual([15, 16, 17, 11, 12, 13, 14]);
    expect(after.indexes.map((index) => index % after.count)).toEqual(
      before.indexes.map((index) => index % before.count),
    );
  });

  it('are the same whatever way led there, each once', () => {
    let anchor: number | undefined;
    for (const first of [0, 7, 7, 50, 3, 96, 97, 0]) {
      const scrolled = windowOf(first, 4, 3, 100, anchor);
      anchor = scrolled.anchor;
      const read = windowOf(first, 4, 3, 100, undefined);
      expect([...scrolled.indexes].sort((a, b) => a - b)).toEqual(read.indexes);
    }
  });
});
