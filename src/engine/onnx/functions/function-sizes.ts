/** Counts the nodes that replace nodes that call functions. */
import type { FunctionLookup } from './function-calls';
import type { Model, ModelFunction, Node } from '../graph';
import { subgraphsOf } from '../subgraphs';

/** Functions call functions; no exporter nests them deeper, and one that calls itself never ends. */
const deepestCall = 64;

/**
 * Functions that call functions multiply: a small file can ask for more nodes than any memory holds. A model of one function
 * for each operator becomes some ten times as large.
 */
const mostNodes = 200_000;
const mostGrowth = 20;
const alwaysAllowed = 10_000;

/** Limits the nodes that may replace all calls of a model, in proportion to its own nodes. */
export function mostNodesOfCalls({ graph, functions }: Pick<Model, 'graph' | 'functions'>): number {
  return Math.min(mostNodes, Math.max(alwaysAllowed, mostGrowth * nodesGiven({ graph, functions })));
}

/** Nodes that a model has itself, in graphs inside nodes and in functions too. */
export function nodesGiven({ graph, functions }: Pick<Model, 'graph' | 'functions'>): number {
  return [graph, ...functions].reduce((sum, body) => sum + countNodes(body?.nodes ?? []), 0);
}

function countNodes(nodes: readonly Node[]): number {
  const inside = nodes.flatMap((node) => subgraphsOf(node));
  return inside.reduce((sum, graph) => sum + countNodes(graph.nodes), nodes.length);
}

export class FunctionSizes {
  readonly #calledBy: FunctionLookup;
  readonly #known = new Map<ModelFunction, number>();
  #depth = 0;

  constructor(calledBy: FunctionLookup) {
    this.#calledBy = calledBy;
  }

  /** Nodes once every call is replaced, those of graphs inside nodes too; `Infinity` where calls do not end. */
  of(nodes: readonly Node[]): number {
    return nodes.reduce((sum, node) => sum + this.#ofNode(node), 0);
  }

  #ofNode(node: Node): number {
    const called = this.#calledBy(node);
    if (called !== undefined) return this.#ofFunction(called);
    return subgraphsOf(node).reduce((sum, { nodes }) => sum + this.of(nodes), 1);
  }

  #ofFunction(called: ModelFunction): number {
    const known = this.#known.get(called);
    if (known !== undefined) return known;
    // Met again before it is known: it calls itself.
    this.#known.set(called, Infinity);
    this.#depth++;
    const size = this.#depth > deepestCall ? Infinity : this.of(called.nodes);
    this.#depth--;
    this.#known.set(called, size);
    return size;
  }
}
