/**
 * Mixed precision decides the precision of each layer, and the order of the changes. The loss and the saving of each
 * level alone are measured for every layer. The order follows from the loss for each saved byte.
 */

/** The precision of one layer. */
export interface Level {
  /** Bits of its weights. */
  readonly bits: 2 | 4 | 8;
  /** Weights that share a scale; 0: a channel. */
  readonly blockSize: number;
}

/** The cost of a layer alone at a level. */
export interface MeasuredLevel extends Level {
  /** Bytes of the file that it saves against the original layer. Not positive: it saves nothing. */
  readonly savedBytes: number;
  /** The loss of the outputs: KL divergence in nats, or the square of their relative error; the same for all layers. */
  readonly loss: number;
}

export interface MeasuredLayer {
  /** The path of the layer, as options name it. */
  readonly name: string;
  readonly levels: readonly MeasuredLevel[];
}

/** One step on the way to the smallest file: a layer goes to another level. */
export interface MixStep extends Level {
  readonly layer: string;
  /** It exceeds that of the step before. */
  readonly savedBytes: number;
  readonly addedLoss: number;
}

/**
 * Orders steps that take all layers from their present to their smallest form by the loss for each saved byte. Each
 * prefix is an assignment, and includes the one before. A layer uses only levels on the lower convex hull of loss over
 * bytes, which no mixture of two others beats. Each step then costs more for a byte than the one before. This greedy
 * order solves the relaxed multiple-choice knapsack at every prefix (Sinha and Zoltners, 1979), as far as losses of
 * layers add up. Levels that save nothing, or whose loss is not finite, are left out.
 */
export function mixOrder(layers: readonly MeasuredLayer[]): readonly MixStep[] {
  return layers.flatMap(stepsOf).toSorted((a, b) => a.addedLoss / a.savedBytes - b.addedLoss / b.savedBytes);
}

function stepsOf({ name, levels }: MeasuredLayer): readonly MixStep[] {
  const hull: MeasuredLevel[] = [];
  for (const level of rising(levels)) {
    while (hull.length > 0 && perByte(hull.at(-2), hull.at(-1)!) >= perByte(hull.at(-1), level)) hull.pop();
    hull.push(level);
  }
  return hull.map(({ bits, blockSize, savedBytes, loss }, index) => ({
    layer: name,
    bits,
    blockSize,
    savedBytes: savedBytes - (hull[index - 1]?.savedBytes ?? 0),
    addedLoss: loss - (hull[index - 1]?.loss ?? 0),
  }));
}

/** Orders by saved bytes, then by the smaller loss. */
function rising(levels: readonly MeasuredLevel[]): readonly MeasuredLevel[] {
  return levels
    .filter(({ savedBytes, loss }) => savedBytes > 0 && Number.isFinite(loss))
    .toSorted((a, b) => a.savedBytes - b.savedBytes || a.loss - b.loss)
    .filter(({ savedBytes }, index, all) => savedBytes !== all[index - 1]?.savedBytes);
}

/** The loss of each further byte. The original layer precedes the first level. */
function perByte(from: MeasuredLevel | undefined, to: MeasuredLevel): number {
  return (to.loss - (from?.loss ?? 0)) / (to.savedBytes - (from?.savedBytes ?? 0));
}

/** The level of each layer after so many steps. Unchanged layers are not in it. */
export function levelsAfter(order: readonly MixStep[], steps: number): ReadonlyMap<string, Level> {
  return new Map(order.slice(0, steps).map(({ layer, bits, blockSize }) => [layer, { bits, blockSize }] as const));
}

/** The outcome of a file with an assignment of levels. */
export interface MixProbe {
  readonly steps: number;
  /** It keeps the limits. */
  readonly holds: boolean;
}

/** A smaller difference of files is not worth another evaluation. */
const leastSaving = 0.005;

/**
 * Returns the number of steps to try next: half-way from the last that holds to the first beyond it that does not. For
 * n steps this needs about log2 n files. `null` if nothing is between them, or if the rest saves less than 0.5 % of the
 * file.
 */
export function nextProbe(
  order: readonly MixStep[],
  probes: readonly MixProbe[],
  originalBytes: number,
): number | null {
  const low = Math.max(0, ...probes.filter(({ holds }) => holds).map(({ steps }) => steps));
  const broken = probes.filter(({ holds, steps }) => !holds && steps > low).map(({ steps }) => steps);
  const high = Math.min(order.length + 1, ...broken);
  const savedBy = (steps: number) => order.slice(0, steps).reduce((sum, { savedBytes }) => sum + savedBytes, 0);
  if (savedBy(high - 1) - savedBy(low) <= leastSaving * (originalBytes - savedBy(low))) return null;
  return Math.floor((low + high) / 2);
}

/** The number of steps before that many bytes are saved. No file of fewer steps is small enough. */
export function stepsThatSaveLess(order: readonly MixStep[], savedBytes: number): number {
  let saved = 0;
  const enough = order.findIndex((step) => (saved += step.savedBytes) > savedBytes);
  return enough < 0 ? order.length : enough;
}
