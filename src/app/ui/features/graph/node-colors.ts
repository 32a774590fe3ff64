/** Colors nodes by their class, or by the weight of a number. */
import type { Hue, NodeClass, NodeClassification } from '../../../node-facts/node-classification';
import type { MetricScale } from '../../../node-facts/metric-scale';
import type { NodeMetric, NodeNumbers } from '../../../node-facts/node-metric';
import { countClasses } from '../../../node-facts/count-classes';
import { groupNumber } from '../../../node-facts/group-number';
import type { SceneItem } from './graph-scene';

/** The basis of the colors of one model's nodes. */
export type Coloring =
  | {
      readonly kind: 'classes';
      readonly classification: NodeClassification;
      readonly classes: ReadonlyMap<string, NodeClass>;
    }
  | {
      readonly kind: 'numbers';
      readonly metric: NodeMetric;
      readonly numbers: NodeNumbers;
      /** `null` while no number is known. */
      readonly scale: MetricScale | null;
    };

/**
 * A hue, and how strong it is: 0 to 1. `plain` is the color of a node that has none of its own, `unknown` that of a
 * node that may have one.
 */
export interface NodeColor {
  readonly hue: Hue | 'plain' | 'unknown';
  /** The strength behind text. */
  readonly strength: number;
  /** The strength at which an item is too small for text, so that only its color is visible. */
  readonly farStrength: number;
  /** The classes of the nodes of a block, each with its share. Shares of nodes without a class are missing from 1. */
  readonly shares?: readonly HueShare[];
}

export interface HueShare {
  readonly hue: Hue;
  readonly share: number;
}

const plain: NodeColor = { hue: 'plain', strength: 0, farStrength: 1 };
const unknown: NodeColor = { hue: 'unknown', strength: 0, farStrength: 1 };
/** The strength of the color of a class. */
export const classStrength = 0.3;
/**
 * The strength of the color of numbers: the least that differs visibly from none, and the most on which text can be
 * read.
 */
export const [leastStrength, mostStrength] = [0.08, 0.5];

export function colorItems(items: readonly SceneItem[], coloring: Coloring): NodeColor[] {
  if (coloring.kind === 'classes') {
    return items.map(({ item }) => {
      if (item.members !== undefined) return { ...plain, shares: sharesOf(item.members, coloring) };
      const found = coloring.classes.get(item.path);
      return found === undefined ? plain : { hue: found.hue, strength: classStrength, farStrength: 1 };
    });
  }
  const { metric, numbers, scale } = coloring;
  return items.map(({ item }) => {
    if (numbers.state !== 'known') return item.kind === 'node' || item.kind === 'block' ? unknown : plain;
    const value = item.members ? groupNumber(item.members, metric, numbers.byPath) : numbers.byPath.get(item.path);
    if (value === undefined || (item.members && metric.sum !== null && value === 0)) return plain;
    if (value === null || scale === null) return unknown;
    const strength = leastStrength + (mostStrength - leastStrength) * scale.strengthOf(value);
    return { hue: 'compute', strength, farStrength: strength / mostStrength };
  });
}

function sharesOf(
  members: readonly string[],
  { classification, classes }: Coloring & { readonly kind: 'classes' },
): readonly HueShare[] {
  const counts = countClasses(members, classification.classes, classes);
  return counts.map(({ class: { hue }, count }) => ({ hue, share: count / members.length }));
}
