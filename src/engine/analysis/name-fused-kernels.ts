/** Kernels that a runtime made of several nodes and gave a name of its own, found again in the model. */
import type { KernelTime } from '../metrics/node-time';
import type { Graph, Model, Node } from '../onnx/graph';
import { isDefaultDomain, nodes as nodesOfModel } from '../onnx/traverse';
import { marksIn } from '../onnx/parts/mark-nodes';

/** Kernels into which ONNX Runtime fuses the nodes around a node of this operator. Each kernel holds exactly one such node. */
const madeOf: Readonly<Record<string, readonly string[]>> = {
  Erf: ['BiasGelu', 'Gelu'],
  Tanh: ['FastGelu'],
  Sigmoid: ['QuickGelu'],
};

/**
 * Returns the kernels, with marks for those that have none: a fused activation gets the mark of the node at its core.
 * It does so only if that node is certain. There must be as many unmarked kernels as nodes that did not run, all in the
 * main graph. Each of these nodes must depend on the one before, so their order is fixed.
 *
 * @param marked the model that ran, as `markNodes` gives it.
 * @param kernels in the order in which they ran.
 */
export function nameFusedKernels(marked: Model, kernels: readonly KernelTime[]): readonly KernelTime[] {
  const ran = new Set(kernels.flatMap(({ name }) => marksIn(name)));
  const isSilent = ({ name = '' }: Node) => !marksIn(name).some((mark) => ran.has(mark));
  const names = new Map<KernelTime, string>();
  for (const [core, made] of Object.entries(madeOf)) {
    const fused = kernels.filter(({ name, op }) => marksIn(name).length === 0 && made.includes(op));
    const silent = Array.from(nodesOfModel(marked), ({ node }) => node).filter(
      (node) => isDefaultDomain(node.domain) && node.opType === core && isSilent(node),
    );
    if (fused.length === 0 || fused.length !== silent.length || !isChain(marked.graph!, silent)) continue;
    fused.forEach((kernel, index) => names.set(kernel, `${silent[index]!.name}/${kernel.name}`));
  }
  return kernels.map((kernel) => ({ ...kernel, name: names.get(kernel) ?? kernel.name }));
}

/** Each of the nodes is in the graph itself, and needs what the one before computes. */
function isChain(graph: Graph, links: readonly Node[]): boolean {
  const own = new Set(graph.nodes);
  if (!links.every((link) => own.has(link))) return false;
  return links.slice(1).every((link, index) => dependsOn(graph, link, links[index]!));
}

function dependsOn(graph: Graph, late: Node, early: Node): boolean {
  const reached = new Set(early.outputs);
  // Nodes come in an order in which they can run.
  for (const node of graph.nodes) {
    if (!node.inputs.some((name) => reached.has(name))) continue;
    if (node === late) return true;
    for (const output of node.outputs) reached.add(output);
  }
  return false;
}
