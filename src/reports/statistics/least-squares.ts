/** A fitted linear model. */
export interface Fit {
  readonly coefficients: readonly number[];
  readonly residuals: readonly number[];
  /** (XᵀX)⁻¹, row by row. */
  readonly inverse: readonly (readonly number[])[];
}

/** Ordinary least squares. Undefined where columns depend on each other. @param rows one per observation. */
export function leastSquares(rows: readonly (readonly number[])[], y: readonly number[]): Fit | undefined {
  const width = rows[0]?.length ?? 0;
  const normal = Array.from({ length: width }, () => new Array<number>(width).fill(0));
  const right = new Array<number>(width).fill(0);
  rows.forEach((row, index) => {
    for (let i = 0; i < width; i++) {
      const xi = row[i] ?? 0;
      right[i] = (right[i] ?? 0) + xi * (y[index] ?? 0);
      const line = normal[i];
      if (line === undefined) continue;
      for (let j = 0; j < width; j++) line[j] = (line[j] ?? 0) + xi * (row[j] ?? 0);
    }
  });
  const inverse = invert(normal);
  if (inverse === undefined) return undefined;
  const coefficients = inverse.map((line) => line.reduce((sum, value, j) => sum + value * (right[j] ?? 0), 0));
  const residuals = rows.map(
    (row, index) => (y[index] ?? 0) - row.reduce((sum, x, j) => sum + x * (coefficients[j] ?? 0), 0),
  );
  return { coefficients, residuals, inverse };
}

/** Gauss-Jordan with pivots. */
function invert(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const size = matrix.length;
  const work = matrix.map((line, i) => [...line, ...Array.from({ length: size }, (_, j) => (i === j ? 1 : 0))]);
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++)
      if (Math.abs(work[row]?.[column] ?? 0) > Math.abs(work[pivot]?.[column] ?? 0)) pivot = row;
    const top = work[pivot];
    const here = work[column];
    const scale = top?.[column] ?? 0;
    if (top === undefined || here === undefined || Math.abs(scale) < 1e-10 * Math.abs(matrix[column]?.[column] ?? 1))
      return undefined;
    work[pivot] = here;
    work[column] = top.map((value) => value / scale);
    const line = work[column] ?? [];
    work.forEach((other, row) => {
      const factor = other[column] ?? 0;
      if (row !== column && factor !== 0) work[row] = other.map((value, j) => value - factor * (line[j] ?? 0));
    });
  }
  return work.map((line) => line.slice(size));
}
