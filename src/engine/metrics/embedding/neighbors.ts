/** Similarities among vectors: their nearest neighbors, and whether two sets of vectors order pairs alike. */

/**
 * The cosines of all pairs of `count` vectors, row after row. A pair has −∞ if both are the same vector, or if one has no direction.
 */
export interface Cosines {
  readonly count: number;
  readonly values: Float64Array;
}

/** Cosines of all pairs of vectors of equal length. −∞ with itself, and with a vector that has no direction. */
export function cosinesOf(vectors: readonly Float32Array[]): Cosines {
  const count = vectors.length;
  const units = vectors.map(unitOf);
  const values = new Float64Array(count * count).fill(-Infinity);
  for (let first = 0; first < count; first++) {
    for (let second = first + 1; second < count; second++) {
      const [one, other] = [units[first], units[second]];
      if (one === undefined || other === undefined) continue;
      const cosine = dotOf(one, other);
      values[first * count + second] = cosine;
      values[second * count + first] = cosine;
    }
  }
  return { count, values };
}

/** Returns the `most` nearest other vectors of each vector, the nearest first and the first of equals first. Empty without a direction. */
export function nearestOf({ count, values }: Cosines, most: number): readonly (readonly number[])[] {
  return Array.from({ length: count }, (_, vector) => {
    const row = values.subarray(vector * count, (vector + 1) * count);
    const others = Array.from(row.keys()).filter((other) => row[other]! > -Infinity);
    return others.sort((a, b) => row[b]! - row[a]!).slice(0, most);
  });
}

/**
 * Spearman's rank correlation of the cosines of all pairs of vectors, −1 to 1: Pearson's correlation of ranks, where equal cosines share
 * the mean of their ranks, as in SciPy's `spearmanr`. NaN if the cosines of one side are all equal.
 */
export function rankCorrelation(x: Cosines, y: Cosines): number {
  const [a, b] = [ranksOf(pairsOf(x)), ranksOf(pairsOf(y))];
  const mean = (a.length + 1) / 2;
  let [both, ofA, ofB] = [0, 0, 0];
  for (let pair = 0; pair < a.length; pair++) {
    const [left, right] = [a[pair]! - mean, b[pair]! - mean];
    both += left * right;
    ofA += left * left;
    ofB += right * right;
  }
  return both / Math.sqrt(ofA * ofB);
}

function pairsOf({ count, values }: Cosines): Float64Array {
  const pairs = new Float64Array((count * (count - 1)) / 2);
  let place = 0;
  for (let first = 0; first < count; first++) {
    for (let second = first + 1; second < count; second++) pairs[place++] = values[first * count + second]!;
  }
  return pairs;
}

function ranksOf(values: Float64Array): Float64Array {
  const order = Uint32Array.from(values.keys()).sort((a, b) => values[a]! - values[b]! || a - b);
  const ranks = new Float64Array(values.length);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++;
    for (let place = start; place < end; place++) ranks[order[place]!] = (start + 1 + end) / 2;
    start = end;
  }
  return ranks;
}

/** The vector at length 1. `undefined` for one without a direction: zeros, or numbers that are not finite. */
function unitOf(vector: Float32Array): Float32Array | undefined {
  const length = Math.sqrt(dotOf(vector, vector));
  return length > 0 && Number.isFinite(length) ? vector.map((value) => value / length) : undefined;
}

function dotOf(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let index = 0; index < a.length; index++) sum += a[index]! * b[index]!;
  return sum;
}
