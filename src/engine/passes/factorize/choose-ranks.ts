/** Distributes the removal over the layers, so that the error is least for the cost saved. */
import type { Checkpoint } from '../../linear-algebra/row-products';

/** A way to write a layer, by rank. */
export interface RankOption {
  readonly costPerRank: number;
  /** The share of the layer's output that is lost, by rank from 0 to the largest that saves. */
  readonly losses: ArrayLike<number>;
  /** The loss of the outputs if the whole layer is lost, in a unit common to all layers. */
  readonly weight: number;
}

export interface RankedLayer {
  readonly cost: number;
  readonly options: readonly RankOption[];
}

/** The option of a layer and its rank; absent: the layer stays. */
export interface ChosenRank {
  readonly option: number;
  readonly rank: number;
}

export type ChosenRanks = readonly (ChosenRank | undefined)[];

/** MACs or parameters of a layer with its chosen rank; those of the whole layer without one. */
export function costOf({ cost, options }: RankedLayer, chosen: ChosenRank | undefined): number {
  return chosen === undefined ? cost : options[chosen.option]!.costPerRank * chosen.rank;
}

/** MACs or parameters of all layers with their chosen ranks. */
export function wholeCost(layers: readonly RankedLayer[], chosen: ChosenRanks): number {
  return layers.reduce((sum, layer, at) => sum + costOf(layer, chosen[at]), 0);
}

/** The least that the layers can cost: each at rank 1, if that is less. */
export function leastRanks(layers: readonly RankedLayer[]): ChosenRanks {
  return layers.map((layer) => bestAt(layer, Infinity));
}

const halvings = 200;

/**
 * Chooses ranks with the least weighted loss within a cost of at most `budget`. For one price of a unit of cost, each
 * layer takes the rank with the least sum of loss and cost. Bisection finds the price, and the rest of the budget goes
 * to the layer that gains most. Returns the least ranks if even they exceed the budget.
 */
export async function chooseRanks(
  layers: readonly RankedLayer[],
  budget: number,
  checkpoint: Checkpoint,
): Promise<ChosenRanks> {
  const atPrice = (price: number): ChosenRanks => layers.map((layer) => bestAt(layer, price));
  const fits = (chosen: ChosenRanks): boolean => wholeCost(layers, chosen) <= budget;
  const nothing = layers.map(() => undefined);
  if (fits(nothing)) return nothing;
  if (!fits(leastRanks(layers))) return leastRanks(layers);
  let [low, high] = [-1074, 1024];
  for (let turn = 0; turn < halvings; turn += 1) {
    const middle = (low + high) / 2;
    if (fits(atPrice(2 ** middle))) high = middle;
    else low = middle;
    await checkpoint();
  }
  const found = atPrice(2 ** high);
  return giveBack(layers, fits(found) ? found : leastRanks(layers), budget, checkpoint);
}

/** The option with the least of loss and price; of equal ones the first. */
function bestAt(layer: RankedLayer, price: number): ChosenRank | undefined {
  const amount = (loss: number, cost: number): number => (price === Infinity ? cost : loss + price * cost);
  let best: ChosenRank | undefined;
  let least = amount(0, layer.cost);
  layer.options.forEach(({ costPerRank, losses, weight }, option) => {
    for (let rank = 1; rank < losses.length; rank += 1) {
      const found = amount(weight * losses[rank]!, rank * costPerRank);
      if (found < least) [least, best] = [found, { option, rank }];
    }
  });
  return best;
}

function lossOf({ options }: RankedLayer, chosen: ChosenRank | undefined): number {
  if (chosen === undefined) return 0;
  const { losses, weight } = options[chosen.option]!;
  return weight * losses[chosen.rank]!;
}

/** Larger ranks, other ways or whole layers, as long as the budget has room for one. */
async function giveBack(
  layers: readonly RankedLayer[],
  start: ChosenRanks,
  budget: number,
  checkpoint: Checkpoint,
): Promise<ChosenRanks> {
  const chosen = [...start];
  let room = budget - wholeCost(layers, chosen);
  for (;;) {
    let best: { readonly layer: number; readonly next: ChosenRank | undefined; readonly gain: number } | undefined;
    for (const [at, layer] of layers.entries()) {
      const [cost, loss] = [costOf(layer, chosen[at]), lossOf(layer, chosen[at])];
      for (const next of nextRanks(layer, chosen[at])) {
        const more = costOf(layer, next) - cost;
        const gain = (loss - lossOf(layer, next)) / more;
        if (more > 0 && more <= room && gain > (best?.gain ?? 0)) best = { layer: at, next, gain };
      }
    }
    if (best === undefined) return chosen;
    room -= costOf(layers[best.layer]!, best.next) - costOf(layers[best.layer]!, chosen[best.layer]);
    chosen[best.layer] = best.next;
    await checkpoint();
  }
}

/** The next choices of a layer: one rank more, another form at any rank, or the original. */
function nextRanks({ options }: RankedLayer, chosen: ChosenRank | undefined): readonly (ChosenRank | undefined)[] {
  if (chosen === undefined) return [];
  const ranks = options.flatMap(({ losses }, option): readonly ChosenRank[] => {
    if (option === chosen.option) return chosen.rank + 1 < losses.length ? [{ option, rank: chosen.rank + 1 }] : [];
    return Array.from({ length: losses.length - 1 }, (_, at) => ({ option, rank: at + 1 }));
  });
  return [...ranks, undefined];
}
