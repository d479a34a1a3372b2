/**
 * Solves `matrix · x = right` for a symmetric matrix that is positive definite; a column that adds nothing to those before
 * it gets 0. Both arguments are overwritten.
 *
 * Source: Gaussian elimination along the diagonal.
 */
export function solveSymmetric(matrix: number[][], right: number[]): number[] {
  const size = right.length;
  const scale = matrix.map((row, at) => row[at] ?? 0);
  const dropped = new Set<number>();
  for (let pivot = 0; pivot < size; pivot++) {
    const row = matrix[pivot] ?? [];
    const head = row[pivot] ?? 0;
    if (!(head > 1e-9 * (scale[pivot] ?? 0))) {
      dropped.add(pivot);
      continue;
    }
    for (let at = pivot + 1; at < size; at++) {
      const other = matrix[at] ?? [];
      const factor = (other[pivot] ?? 0) / head;
      if (factor === 0) continue;
      for (let column = pivot; column < size; column++)
        other[column] = (other[column] ?? 0) - factor * (row[column] ?? 0);
      right[at] = (right[at] ?? 0) - factor * (right[pivot] ?? 0);
    }
  }
  const solution = new Array<number>(size).fill(0);
  for (let at = size - 1; at >= 0; at--) {
    if (dropped.has(at)) continue;
    const row = matrix[at] ?? [];
    let rest = right[at] ?? 0;
    for (let column = at + 1; column < size; column++) rest -= (row[column] ?? 0) * (solution[column] ?? 0);
    solution[at] = rest / (row[at] ?? 1);
  }
  return solution;
}
