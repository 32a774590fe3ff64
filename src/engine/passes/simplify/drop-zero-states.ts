/**
 * Removes initial states of zeros from a recurrent layer, which are its default. Exporters compute them for the batch
 * of the input, with several nodes. A layer refuses a state of any other size, so the size need not be known.
 */
import { tensorContent } from '../../onnx/ops/tensor-content';
import { rearrangingOperators } from '../../onnx/ops/rearranging-operators';
import { operatorRecord } from '../../onnx/ops/registry';
import type { Tensor, ValueName } from '../../onnx/graph';
import { getAttribute, isDefaultDomain } from '../../onnx/traverse';
import { readFloats } from './float-tensor';
import type { RewriteGraph } from './rewrite-graph';
import { rewriteModel, type NodeRule } from './rewrite-model';
import type { Simplification } from './simplification';

const rearranging: ReadonlySet<string> = new Set(rearrangingOperators);

/** States come through a few nodes. */
const longestChain = 8;

const drop: NodeRule = (graph, node) => {
  const candidates = operatorRecord(node)?.zerosByDefault ?? [];
  const zeros = candidates.filter((input) => node.inputs[input] && isZeros(graph, node.inputs[input], longestChain));
  if (zeros.length === 0) return undefined;
  const inputs = node.inputs.map((name, input) => (zeros.includes(input) ? '' : name));
  graph.replace(node, [{ ...node, inputs: inputs.slice(0, inputs.findLastIndex((name) => name !== '') + 1) }]);
  return { change: 'Starts with zeros by default' };
};

function isZeros(graph: RewriteGraph, name: ValueName, steps: number): boolean {
  const constant = graph.constant(name);
  if (constant !== undefined) return isFilledWithZeros(constant);
  const producer = graph.producer(name);
  if (producer === undefined || !isDefaultDomain(producer.domain) || steps === 0) return false;
  if (producer.opType === 'ConstantOfShape') {
    const value = getAttribute(producer, 'value')?.t;
    return value === undefined || isFilledWithZeros(value);
  }
  return rearranging.has(producer.opType ?? '') && isZeros(graph, producer.inputs[0]!, steps - 1);
}

function isFilledWithZeros(tensor: Tensor): boolean {
  const values = tensorContent(tensor) ?? readFloats(tensor);
  return values !== undefined && values.every((value: unknown) => value === 0);
}

export const dropZeroStates: Simplification = {
  id: 'drop-zero-states',
  summary: 'Removes zero start states of recurrent layers, which are the default.',
  apply: (model, context) => rewriteModel(model, context, drop),
};
