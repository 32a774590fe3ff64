/** What the colour of a node says: the class that it is of, or how much it weighs in a number. */
import type { Hue, NodeClass, NodeClassification } from '../../../node-facts/node-classification';
import type { MetricScale } from '../../../node-facts/metric-scale';
import type { NodeMetric, NodeNumbers } from '../../../node-facts/node-metric';
import { groupNumber } from '../../../node-facts/group-number';
import type { SceneItem } from './graph-scene';

/** What the nodes of one model are coloured by. */
export type Colouring =
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

/** A hue, and how strong it is: 0 to 1. `plain` is that of what has no colour of its own, `unknown` of what may have one. */
export interface NodeColour {
  readonly hue: Hue | 'plain' | 'unknown';
  readonly strength: number;
}

const plain: NodeColour = { hue: 'plain', strength: 0 };
const unknown: NodeColour = { hue: 'unknown', strength: 0 };
/** Of a class. */
export const classStrength = 0.3;
/** Of numbers: the least that can be told from none, and the most on which text can be read. */
export const [leastStrength, mostStrength] = [0.08, 0.5];

export function colourItems(items: readonly SceneItem[], colouring: Colouring): NodeColour[] {
  if (colouring.kind === 'classes') {
    return items.map(({ item }) => {
      const found = colouring.classes.get(item.path);
      return found === undefined ? plain : { hue: found.hue, strength: classStrength };
    });
  }
  const { metric, numbers, scale } = colouring;
  return items.map(({ item }) => {
    if (numbers.state !== 'known') return item.kind === 'node' || item.kind === 'block' ? unknown : plain;
    const value = item.members ? groupNumber(item.members, metric, numbers.byPath) : numbers.byPath.get(item.path);
    if (value === undefined || (item.members && metric.sum !== null && value === 0)) return plain;
    if (value === null || scale === null) return unknown;
    return { hue: 'compute', strength: leastStrength + (mostStrength - leastStrength) * scale.strengthOf(value) };
  });
}
