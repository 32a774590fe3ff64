/** Describes a model without reading its weights. */
import { dataTypeName } from '../onnx/data-type';
import { externalFiles } from '../onnx/codec/external-data';
import type { Dimension, Model, ValueInfo, ValueType } from '../onnx/graph';
import { elementCount, storedSizeBytes } from '../onnx/tensor';
import { nodes, scopes } from '../onnx/traverse';
import { weights, type Weight } from '../onnx/weights';
import { findWarnings } from './find-warnings';
import type { InspectedNode, InspectedValue, Inspection, ShapeEntry } from './inspection';

/**
 * @param file facts about the file that the model was read from: `sizeBytes` is the size of the model file alone,
 * `sha256` that of its bytes, as 64 hexadecimal digits.
 */
export function inspect(model: Model, file: Inspection['file']): Inspection {
  const all = weights(model);
  const values = declaredValues(model);
  return {
    file,
    irVersion: Number(model.irVersion ?? 0n),
    producer: [model.producerName, model.producerVersion].filter((part) => part).join(' '),
    opsets: model.opsetImports.map(({ domain, version }) => ({ domain: domain ?? '', version: Number(version ?? 0n) })),
    functions: model.functions.map(({ domain, name }) => (domain ? `${domain}::${name ?? ''}` : (name ?? ''))),
    inputs: fedInputs(model).map(inspectValue),
    outputs: (model.graph?.outputs ?? []).map(inspectValue),
    parameters: countParameters(all),
    weightBytes: all.reduce((sum, weight) => sum + storedSizeBytes(weight.tensor), 0),
    macs: null,
    nodes: inspectNodes(model, all, values),
    values: Object.fromEntries(values),
    externalFiles: externalFiles(model).map(({ location }) => location),
    warnings: findWarnings(model, all),
  };
}

/** Elements of all weights, wherever they are stored. */
function countParameters(all: readonly Weight[]): number {
  return all.reduce((sum, weight) => sum + elementCount(weight.tensor), 0);
}

/** Inputs that a caller must feed: initializers of the same name are their defaults. */
function fedInputs(model: Model): readonly ValueInfo[] {
  const graph = model.graph;
  if (!graph) return [];
  const defaults = new Set(graph.initializers.map((tensor) => tensor.name));
  for (const sparse of graph.sparseInitializers) defaults.add(sparse.values?.name);
  return graph.inputs.filter((input) => !defaults.has(input.name));
}

function inspectValue(value: ValueInfo): InspectedValue {
  return { name: value.name ?? '', ...describeType(value.type) };
}

function describeType(type: ValueType | undefined): Pick<InspectedValue, 'dtype' | 'shape'> {
  if (!type || type.kind === 'none') return { dtype: 'unknown', shape: null };
  if (type.kind !== 'tensor' && type.kind !== 'sparseTensor') return { dtype: type.kind, shape: null };
  return {
    dtype: dataTypeName(type.elementType ?? 0),
    shape: type.shape ? type.shape.dimensions.map(describeDimension) : null,
  };
}

function describeDimension(dimension: Dimension): ShapeEntry {
  if ('size' in dimension && dimension.size !== undefined) return Number(dimension.size);
  return 'symbol' in dimension && dimension.symbol ? dimension.symbol : null;
}

/** Types and shapes that the file declares, of all graphs; where two graphs use a name, the outer one counts. */
function declaredValues(model: Model): Map<string, Pick<InspectedValue, 'dtype' | 'shape'>> {
  const values = new Map<string, Pick<InspectedValue, 'dtype' | 'shape'>>();
  for (const { graph } of scopes(model)) {
    if (!graph) continue;
    for (const value of [...graph.inputs, ...graph.outputs, ...graph.valueInfos]) {
      if (value.name && !values.has(value.name)) values.set(value.name, describeType(value.type));
    }
    for (const tensor of graph.initializers) {
      if (!tensor.name || values.has(tensor.name)) continue;
      values.set(tensor.name, { dtype: dataTypeName(tensor.dataType ?? 0), shape: tensor.dims.map(Number) });
    }
  }
  return values;
}

function inspectNodes(
  model: Model,
  all: readonly Weight[],
  values: ReadonlyMap<string, Pick<InspectedValue, 'shape'>>,
): InspectedNode[] {
  const parametersByPath = new Map<string, number>();
  for (const weight of all) {
    // A node that reads a weight twice has it once.
    for (const path of new Set(weight.consumers.map((consumer) => consumer.path))) {
      parametersByPath.set(path, (parametersByPath.get(path) ?? 0) + elementCount(weight.tensor));
    }
  }
  return Array.from(nodes(model), ({ path, node }) => ({
    path,
    name: node.name ?? '',
    op: node.opType ?? '',
    domain: node.domain ?? '',
    inputs: node.inputs,
    outputs: node.outputs,
    parameters: parametersByPath.get(path) ?? 0,
    macs: null,
    outputShapes: node.outputs.map((output) => values.get(output)?.shape ?? null),
  }));
}
