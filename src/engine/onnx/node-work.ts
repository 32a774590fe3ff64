/** What one run of a node costs. */
import type { ValueName } from './graph';
import { bytesMoved } from './ops/bytes-moved';
import { elementwiseWork } from './ops/elementwise-work';
import type { InferredValue, NodeFacts } from './ops/operator';
import { operatorFacts } from './ops/registry';
import { addSizes, isSameSize, multiplySizes, type Size } from './size';

export interface NodeWork {
  /** Multiply-accumulate operations. */
  readonly macs: Size;
  /** As `elementwiseWork` counts them. */
  readonly elementwise: Size;
  /** As `bytesMoved` counts them. */
  readonly bytes: Size;
}

export const unknownWork: NodeWork = { macs: null, elementwise: null, bytes: null };

/** Of a node without a body, as the rules of its operator count. */
export function workOfOperator(facts: NodeFacts, valueOf: (name: ValueName) => InferredValue | undefined): NodeWork {
  const { node, inputs } = facts;
  const outputs = node.outputs.map(valueOf);
  const shapes = outputs.map((value) => value?.shape);
  const countMacs = operatorFacts(node.domain, node.opType ?? '')?.macs;
  return {
    macs: countMacs === undefined ? 0 : countMacs(facts, shapes),
    elementwise: elementwiseWork(node, inputs, shapes),
    bytes: bytesMoved(node, inputs, outputs),
  };
}

/** Of nodes that all run. */
export function sumOfWork(parts: readonly NodeWork[]): NodeWork {
  return {
    macs: parts.reduce<Size>((sum, { macs }) => addSizes(sum, macs), 0),
    elementwise: parts.reduce<Size>((sum, { elementwise }) => addSizes(sum, elementwise), 0),
    bytes: parts.reduce<Size>((sum, { bytes }) => addSizes(sum, bytes), 0),
  };
}

/** Of a body that runs so many times. */
export function timesWork(turns: Size, { macs, elementwise, bytes }: NodeWork): NodeWork {
  return {
    macs: multiplySizes(turns, macs),
    elementwise: multiplySizes(turns, elementwise),
    bytes: multiplySizes(turns, bytes),
  };
}

/** Of branches of which one runs. */
export function largerWork(branches: readonly NodeWork[]): NodeWork {
  return {
    macs: largerSize(...branches.map(({ macs }) => macs)),
    elementwise: largerSize(...branches.map(({ elementwise }) => elementwise)),
    bytes: largerSize(...branches.map(({ bytes }) => bytes)),
  };
}

/** What is true of both. */
export function commonWork(a: NodeWork, b: NodeWork): NodeWork {
  return {
    macs: commonSize(a.macs, b.macs),
    elementwise: commonSize(a.elementwise, b.elementwise),
    bytes: commonSize(a.bytes, b.bytes),
  };
}

function commonSize(a: Size, b: Size): Size {
  return isSameSize(a, b) ? a : null;
}

function largerSize(...sizes: readonly Size[]): Size {
  if (sizes.every((size) => typeof size === 'number')) return Math.max(0, ...sizes);
  return sizes.every((size) => isSameSize(size, sizes[0]!)) ? sizes[0]! : null;
}
