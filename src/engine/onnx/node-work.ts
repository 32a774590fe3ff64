/** The work of one run of a node. */
import type { ValueName } from './graph';
import { bytesReadAndWritten } from './ops/bytes-moved';
import type { InferredValue, NodeFacts } from './ops/operator';
import { operatorRecord } from './ops/registry';
import { countOfSizes, type Size } from './size';

/** `null` while a size is open. */
export interface NodeWork {
  /** Multiply-accumulate operations. */
  readonly macs: number | null;
  /** Elementwise operations, as `ops/work-rules.ts` counts them. */
  readonly elementwise: number | null;
  /** Bytes read and written, as `ops/bytes-moved.ts` counts them. */
  readonly bytes: number | null;
}

export const unknownWork: NodeWork = { macs: null, elementwise: null, bytes: null };

/** Counts the work of a node without a body by the rules of its operator. */
export function workOfOperator(facts: NodeFacts, valueOf: (name: ValueName) => InferredValue | undefined): NodeWork {
  const { node } = facts;
  const { macs, work, bytes = bytesReadAndWritten } = operatorRecord(node) ?? {};
  const outputs = node.outputs.map(valueOf);
  const shapes = outputs.map((value) => value?.shape);
  return {
    macs: macs === undefined ? 0 : countOfSizes([macs(facts, shapes)]),
    elementwise: work === undefined ? 0 : work(facts, shapes),
    bytes: bytes(facts, outputs),
  };
}

/** Sums the work of nodes that all run. */
export function sumOfWork(parts: readonly NodeWork[]): NodeWork {
  return combineWork(parts, (counts) => counts.reduce((sum, count) => sum + count, 0));
}

/** Work of alternative branches, only one of which executes: the larger number of each kind. */
export function largerWork(branches: readonly NodeWork[]): NodeWork {
  return combineWork(branches, (counts) => Math.max(0, ...counts));
}

/** Keeps the numbers that both have in common; `null` for the others. */
export function commonWork(a: NodeWork, b: NodeWork): NodeWork {
  return combineWork([a, b], ([left, right]) => (left === right ? left! : null));
}

/** Multiplies the work of a body by the number of its turns. */
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
