import type { Model, ValueInfo } from '../graph';

/** The same model with these values of its main graph as its only outputs. Their types are left to the runtime. */
export function withOutputs(model: Model, names: readonly string[]): Model {
  if (!model.graph) return model;
  const declared = new Map(model.graph.outputs.map((output) => [output.name, output]));
  const outputs = names.map((name): ValueInfo => declared.get(name) ?? { name });
  return { ...model, graph: { ...model.graph, outputs } };
}
