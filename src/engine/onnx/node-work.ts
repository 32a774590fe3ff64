/** What one run of a node costs. */
import type { ValueName } from './graph';
import { bytesMoved } from './ops/bytes-moved';
import { elementwiseWork } from './ops/elementwise-work';
import type { InferredValue, NodeFacts } from './ops/operator';
import { operatorFacts } from './ops/registry';
import { countOfSizes, type Size } from './size';

/** `null` while a size is open: what nobody can tell in numbers, nobody asks for. */
export interface NodeWork {
  /** Multiply-accumulate operations. */
  readonly macs: number | null;
  /** As `elementwiseWork` counts them. */
  readonly elementwise: number | null;
  /** As `bytesMoved` counts them. */
  readonly bytes: number | null;
}

export const unknownWork: NodeWork = { macs: null, elementwise: null, bytes: null };

/** Of a node without a body, as the rules of its operator count. */
export function workOfOperator(facts: NodeFacts, valueOf: (name: ValueName) => InferredValue | undefined): NodeWork {
  const { node, inputs } = facts;
  const outputs = node.outputs.map(valueOf);
  const shapes = outputs.map((value) => value?.shape);
  const countMacs = operatorFacts(node.domain, node.opType ?? '')?.macs;
  return {
    macs: countMacs === undefined ? 0 : countOfSizes([countMacs(facts, shapes)]),
    elementwise: elementwiseWork(node, inputs, shapes),
    bytes: bytesMoved(node, inputs, outputs),
  };
}

/** Of nodes that all run. */
export function sumOfWork(parts: readonly NodeWork[]): NodeWork {
  return combineWork(parts, (counts) => counts.reduce((sum, count) => sum + count, 0));
}

/** Of branches of which one runs. */
export function largerWork(branches: readonly NodeWork[]): NodeWork {
  return combineWork(branches, (counts) => Math.max(0, ...counts));
}

/** What is true of both. */
export function commonWork(a: NodeWork, b: NodeWork): NodeWork {
  return combineWork([a, b], ([left, right]) => (left === right ? left! : null));
}

/** Of a body that runs so many times. */
export function timesWork(turns: Size, { macs, elementwise, bytes }: NodeWork): NodeWork {
  return {
    macs: countOfSizes([turns, macs]),
    elementwise: countOfSizes([turns, elementwise]),
    bytes: countOfSizes([turns, bytes]),
  };
}

function combineWork(parts: readonly NodeWork[], combine: (counts: readonly number[]) => number | null): NodeWork {
  const combined = (kind: keyof NodeWork): number | null => {
    const counts: number[] = [];
    for (const { [kind]: count } of parts) {
      if (count === null) return null;
      counts.push(count);
    }
    return combine(counts);
  };
  return { macs: combined('macs'), elementwise: combined('elementwise'), bytes: combined('bytes') };
}
