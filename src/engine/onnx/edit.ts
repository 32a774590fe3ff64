/**
 * The way to change the structure of a model (for other data in the same places, see `map-tensors.ts`): copy on write. A
 * `ModelEditor` wraps a model, passes ask for changes, `finish` builds the new model. Nodes, tensors and whole subgraphs
 * that nobody asked to change are shared with the original; if nothing changed at all, `finish` returns the original object.
 */
import { GraphEditor } from './edit-graph';
import type { Graph, Model, OpsetImport } from './graph';
import { mapShared } from './map-shared';
import { NameSet } from './name-set';
import { raiseIrVersion } from './upgrade/raise-ir-version';
import { subgraphsOf } from './subgraphs';
import { isDefaultDomain } from './traverse';

export { GraphEditor } from './edit-graph';

export class ModelEditor {
  /** The editor of the main graph. */
  readonly graph: GraphEditor;
  readonly #model: Model;
  readonly #editors = new Map<Graph, GraphEditor>();
  #opsetImports: readonly OpsetImport[];

  /** `model` must have a graph: a model without one is not valid and never reaches a pass. */
  constructor(model: Model) {
    if (!model.graph) throw new TypeError('A model without a graph cannot be edited.');
    this.#model = model;
    this.#opsetImports = model.opsetImports;
    this.graph = this.#edit(model.graph, undefined, new NameSet());
  }

  /** The editor of a graph or subgraph of the original model. */
  editorOf(graph: Graph): GraphEditor {
    const editor = this.#editors.get(graph);
    if (!editor) throw new TypeError('This graph is not part of the model being edited.');
    return editor;
  }

  /**
   * Adds an operator set, or raises its version, under both of its names if a file has both. The nodes are the caller's
   * business.
   */
  requireOpset(domain: string, version: bigint): void {
    const isWanted = (entry: OpsetImport): boolean =>
      isDefaultDomain(domain) ? isDefaultDomain(entry.domain) : entry.domain === domain;
    if (!this.#opsetImports.some(isWanted)) this.#opsetImports = [...this.#opsetImports, { domain, version }];
    else {
      this.#opsetImports = mapShared(this.#opsetImports, (entry) =>
        isWanted(entry) && (entry.version ?? 0n) < version ? { ...entry, version } : entry,
      );
    }
  }

  /**
   * The changed model. It has no initializers, nodes and descriptions of values that the changes left without a reader. Values that nobody
   * read in the original stay. Nodes come in topological order.
   */
  finish(): Model {
    const original = this.#model.graph as Graph;
    const graph = this.graph.finish((inner) => this.#editors.get(inner));
    const sameOpsets = this.#opsetImports === this.#model.opsetImports;
    if (graph === original && sameOpsets) return this.#model;
    return raiseIrVersion({ ...this.#model, graph, opsetImports: this.#opsetImports });
  }

  #edit(graph: Graph, parent: GraphEditor | undefined, nodeNames: NameSet): GraphEditor {
    const editor = new GraphEditor(graph, parent, nodeNames);
    this.#editors.set(graph, editor);
    for (const node of graph.nodes) {
      for (const subgraph of subgraphsOf(node)) this.#edit(subgraph, editor, nodeNames);
    }
    return editor;
  }
}
