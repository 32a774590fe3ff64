/** Matches several nodes that together compute one operator: a formula finds them from the last one backwards. */
import type { Node, ValueName } from '../../../onnx/graph';
import { isDefaultDomain } from '../../../onnx/traverse';
import { newestTarget } from '../../../onnx/upgrade/upgrade-graphs';
import type { RewriteGraph } from '../rewrite-graph';
import type { RuleVerdict } from '../rewrite-model';

export class Pattern {
  readonly graph: RewriteGraph;
  #root: Node;
  #inner: ReadonlySet<Node> = new Set();
  #bound: ReadonlyMap<string, ValueName | number> = new Map();

  constructor(graph: RewriteGraph, root: Node) {
    this.graph = graph;
    this.#root = root;
  }

  /** The last node, whose place the fused one takes. */
  get root(): Node {
    return this.#root;
  }

  /** The node that computes a value, if it is one of these operators; from here on it is part of the pattern. */
  find(name: ValueName | undefined, ...operators: readonly string[]): Node | undefined {
    const node = this.graph.producer(name ?? '');
    if (node === undefined || !isDefaultDomain(node.domain) || !operators.includes(node.opType ?? '')) return undefined;
    if (node !== this.#root) this.#inner = new Set([...this.#inner, node]);
    return node;
  }

  /** Takes in nodes that come after the root. The last of them is the root from here on. */
  extend(following: readonly Node[]): void {
    const inner = [this.#root, ...following];
    this.#root = inner.pop()!;
    this.#inner = new Set([...this.#inner, ...inner]);
  }

  /** Gives a label to a value or a number. False if another has it. */
  bind(label: string, found: ValueName | number): boolean {
    const known = this.#bound.get(label);
    if (known === undefined) this.#bound = new Map([...this.#bound, [label, found]]);
    return known === undefined || known === found;
  }

  valueOf(label: string): ValueName | undefined {
    const found = this.#bound.get(label);
    return typeof found === 'string' ? found : undefined;
  }

  numberOf(label: string): number | undefined {
    const found = this.#bound.get(label);
    return typeof found === 'number' ? found : undefined;
  }

  /**
   * Returns true at the first alternative that matches. Nodes that failed alternatives found are not part of the
   * pattern.
   */
  either(...alternatives: readonly (() => boolean)[]): boolean {
    const [inner, bound] = [this.#inner, this.#bound];
    return alternatives.some((alternative) => {
      [this.#inner, this.#bound] = [inner, bound];
      if (alternative()) return true;
      [this.#inner, this.#bound] = [inner, bound];
      return false;
    });
  }

  /** True if no other node reads the results of the inner nodes, so that one node can replace them all. */
  isClosed(): boolean {
    const isInside = (reader: Node) => reader === this.#root || this.#inner.has(reader);
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
    this.graph.replace(this.#root, nodes);
    for (const node of this.#inner) this.graph.remove(node);
  }
}

/**
 * Explains why a pattern stays: the operator that replaces it is newer than the model. Returns nothing if no model can
 * be converted to that operator set, because nobody could follow the advice.
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
