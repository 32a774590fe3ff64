/** Where the numbers of a shape come from that a graph calculates: sizes that follow by themselves, and ones that are written down. */
import type { Node, Tensor, ValueName } from '../graph';
import type { InferredValue } from '../ops/operator';
import { isDefaultDomain } from '../traverse';

/** An element of an input of a node. */
interface ShapePlace {
  readonly reader: Node;
  readonly input: number;
  readonly element: number;
}

/** A constant number that must be the size of an axis. */
export interface SizeLiteral extends ShapePlace {
  readonly axis: Int32Array;
}

interface KnownValue {
  readonly constant: Tensor | undefined;
  readonly producer: Node | undefined;
  readonly content: InferredValue | undefined;
}

/** Calculations of shapes are short. */
const mostSteps = 32;

/**
 * Follows an element of a shape back to where it is written down, or to the Shape node that tells it; `undefined` where it is
 * the result of arithmetic.
 */
export function traceShapeElement(
  from: ShapePlace,
  lookUp: (name: ValueName) => KnownValue,
): ShapePlace | 'computed' | undefined {
  let at: ShapePlace | undefined = from;
  for (let step = 0; step < mostSteps && at; step += 1) {
    const known = lookUp(at.reader.inputs[at.input] ?? '');
    if (known.constant) return at;
    const { producer } = known;
    if (producer === undefined || !isDefaultDomain(producer.domain)) return undefined;
    if (producer.opType === 'Shape') return 'computed';
    at = stepBack(producer, at.element, lookUp);
  }
  return undefined;
}

function stepBack(node: Node, element: number, lookUp: (name: ValueName) => KnownValue): ShapePlace | undefined {
  const numbers = (input: number) => lookUp(node.inputs[input] ?? '').content?.content;
  switch (node.opType) {
    case 'Cast':
    case 'Identity':
    case 'Squeeze':
    case 'Unsqueeze':
      return { reader: node, input: 0, element };
    case 'Concat': {
      let start = 0;
      for (const [input, name] of node.inputs.entries()) {
        const size = lookUp(name).content?.shape?.[0];
        if (typeof size !== 'number') return undefined;
        if (element < start + size) return { reader: node, input, element: element - start };
        start += size;
      }
      return undefined;
    }
    case 'Gather': {
      const index = numbers(1)?.[element];
      return typeof index === 'number' && index >= 0 ? { reader: node, input: 0, element: index } : undefined;
    }
    case 'Slice': {
      const start = numbers(1)?.[0];
      const stepSize = numbers(4)?.[0] ?? 1;
      const isPlain = typeof start === 'number' && start >= 0 && stepSize === 1;
      return isPlain ? { reader: node, input: 0, element: start + element } : undefined;
    }
    default:
      return undefined;
  }
}
