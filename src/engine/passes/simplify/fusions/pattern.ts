/** Several nodes that together compute what one operator does: they are looked for from the last one backwards. */
import type { Node, ValueName } from '../../../onnx/graph';
import { isDefaultDomain } from '../../../onnx/traverse';
import { newestTarget } from '../../../onnx/upgrade/upgrade-graphs';
import type { RewriteGraph } from '../rewrite-graph';
import type { RuleVerdict } from '../rewrite-model';

export class Pattern {
  readonly graph: RewriteGraph;
  readonly root: Node;
  #inner: ReadonlySet<Node> = new Set();

  constructor(graph: RewriteGraph, root: Node) {
    this.graph = graph;
    this.root = root;
  }

  /** The node that computes a value, if it is one of these operators; from here on it is part of the pattern. */
  find(name: ValueName | undefined, ...operators: readonly string[]): Node | undefined {
    const node = this.graph.producer(name ?? '');
    if (node === undefined || !isDefaultDomain(node.domain) || !operators.includes(node.opType ?? '')) return undefined;
    this.#inner = new Set([...this.#inner, node]);
    return node;
  }

  /** The first alternative that gives something. What the others found is no part of the pattern. */
  either<T>(...alternatives: readonly (() => T | undefined)[]): T | undefined {
    const before = this.#inner;
    for (const alternative of alternatives) {
      this.#inner = before;
      const found = alternative();
      if (found !== undefined) return found;
    }
    this.#inner = before;
    return undefined;
  }

  /** Nobody else reads what the inner nodes compute: one node can stand for all of them. */
  isClosed(): boolean {
    const isInside = (reader: Node) => reader === this.root || this.#inner.has(reader);
    return [...this.#inner].every(({ outputs }) =>
      outputs.every((name) => !this.graph.isOutput(name) && this.graph.readers(name).every(isInside)),
    );
  }

  /** The value goes away with the pattern: nothing that stays may read it. */
  computes(name: ValueName): boolean {
    const producer = this.graph.producer(name);
    return producer !== undefined && this.#inner.has(producer);
  }

  replaceWith(nodes: readonly Node[]): void {
    this.graph.replace(this.root, nodes);
    for (const node of this.#inner) this.graph.remove(node);
  }
}

/**
 * Why a pattern stays as it is: the operator that does it all is newer than the model. Nothing where no model can be
 * converted to that operator set: nobody could follow the advice.
 */
export function needsOpset(graph: RewriteGraph, operator: string, opset: number): RuleVerdict {
  if (opset > newestTarget) return undefined;
  return {
    refusal: {
      code: 'needs-opset',
      reason:
        `This and the nodes before it compute ${operator}, which is one operator from opset ${opset} on. ` +
        `The model uses opset ${graph.opset}. Convert it to a newer one first.`,
    },
  };
}

/** The reason that a pattern stays: from the opset after `newest` on, no runtime here can run the fused operator. */
export function lacksKernel(graph: RewriteGraph, operator: string, newest: number): RuleVerdict {
  return {
    refusal: {
      code: 'no-kernel',
      reason:
        `This and the nodes before it compute ${operator}, but ONNX Runtime supports that operator only up to opset ${newest}, ` +
        `and would refuse the model, which uses opset ${graph.opset}.`,
    },
  };
}
