/** The little linear algebra of a fit: columns, projections, least squares by Gram and Schmidt. */

export type Vector = readonly number[];

export const dot = (a: Vector, b: Vector): number => a.reduce((sum, x, i) => sum + x * b[i], 0);

export const norm = (a: Vector): number => Math.sqrt(dot(a, a));

/** `a` less its part along each of the orthonormal `basis`. */
function rest(a: Vector, basis: readonly Vector[]): Vector {
  return basis.reduce((left, one) => {
    const along = dot(left, one);
    return left.map((x, i) => x - along * one[i]);
  }, a);
}

/**
 * Which of `columns`, by their places, say something that those before do not: what is left of each is
 * longer than `least`. The others follow from these.
 */
export function independent(
  columns: readonly Vector[],
  least: number,
): { readonly chosen: readonly number[]; readonly others: readonly number[] } {
  const basis: Vector[] = [];
  const chosen: number[] = [];
  const others: number[] = [];
  columns.forEach((column, i) => {
    const left = rest(column, basis);
    const length = norm(left);
    if (length <= least) others.push(i);
    else {
      basis.push(left.map((x) => x / length));
      chosen.push(i);
    }
  });
  return { chosen, others };
}

/** Coefficients of `columns`, which are independent, in whose sum `target` is met best. */
export function leastSquares(columns: readonly Vector[], target: Vector): Vector {
  const normal = columns.map((a) => columns.map((b) => dot(a, b)));
  return solved(
    normal,
    columns.map((a) => dot(a, target)),
  );
}

/** The diagonal of the inverse of the columns' normal matrix: variances for noise of 1. */
export function variances(columns: readonly Vector[]): Vector {
  const normal = columns.map((a) => columns.map((b) => dot(a, b)));
  return columns.map((_, i) => {
    const unit = columns.map((__, j) => (i === j ? 1 : 0));
    return solved(normal, unit)[i];
  });
}

/** Solves a small system by Gauss's elimination with pivots. */
function solved(matrix: readonly Vector[], right: Vector): Vector {
  const size = right.length;
  const rows = matrix.map((row, i) => [...row, right[i]]);
  for (let k = 0; k < size; k++) {
    let pivot = k;
    for (let i = k + 1; i < size; i++) {
      if (Math.abs(rows[i][k]) > Math.abs(rows[pivot][k])) pivot = i;
    }
    [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
    for (let i = 0; i < size; i++) {
      if (i === k || rows[k][k] === 0) continue;
      const factor = rows[i][k] / rows[k][k];
      for (let j = k; j <= size; j++) rows[i][j] -= factor * rows[k][j];
    }
  }
  return rows.map((row, k) => (row[k] === 0 ? 0 : row[size] / row[k]));
}
