/** Compiles a model with fixed shapes to WebAssembly: kernels, the order of their calls, and packed weights. */
import { fromBase64Url } from '../base64-url';
import type { DataTypeCode } from '../onnx/data-type';
import type { Graph, Model, Node, Tensor, ValueName } from '../onnx/graph';
import { inferModel } from '../onnx/infer';
import { NodeFacts } from '../onnx/ops/operator';
import {
  canonicalDomain,
  getAttribute,
  isDefaultDomain,
  nodePathPart,
  nodes,
  opsetsByDomain,
  readersIn,
  type NodeVisit,
  type Readers,
} from '../onnx/traverse';
import { readFloat32 } from '../onnx/tensor';
import type { Refusal } from '../passes/pass';
import { noActivation } from './activation';
import { fuseUnits, type NodeGroup } from './fuse-units';
import { compiledKernelCode } from './kernel-code';
import type { Unit, UnitOutput } from './operators/compiled-operator';
import { compiledOperator } from './operators/registry';
import { Plan, type PlannedModule, type Port } from './plan';
import { NotCompiled, refuse } from './refusal';
import { elementTypeOf, type ElementType } from './tensor-view';
import { readKernelModule, type KernelModule } from './wasm/kernel-module';
import { writeModule } from './wasm/write-module';

export type Build = keyof typeof compiledKernelCode;

export const builds: readonly Build[] = ['simd', 'relaxed'];

/** Where an input or output lies in the memory of the module, row-major. */
export interface CompiledPort {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly address: number;
}

export interface CompiledModel {
  readonly inputs: readonly CompiledPort[];
  readonly outputs: readonly CompiledPort[];
  /** The module of each build; both have the same memory. */
  readonly modules: ReadonlyMap<Build, Uint8Array<ArrayBuffer>>;
  readonly weightBytes: number;
  readonly memoryBytes: number;
  /** Memory of inputs, outputs and values between. */
  readonly arenaBytes: number;
  /** Number of nodes by operator. */
  readonly operators: ReadonlyMap<string, number>;
}

export type Compilation =
  | { readonly compiled: CompiledModel; readonly refusals?: undefined }
  | { readonly compiled?: undefined; readonly refusals: readonly Refusal[] };

const kernelModules = new Map<Build, KernelModule>();

function kernelsOf(build: Build): KernelModule {
  const known = kernelModules.get(build) ?? readKernelModule(fromBase64Url(compiledKernelCode[build])!);
  kernelModules.set(build, known);
  return known;
}

/**
 * Compiles all of a model, or refuses it: an operator or a case that is missing is named. The model has fixed shapes and no foldable nodes, as
 * after the passes `fix-dimensions` and `simplify`.
 */
export function compileModel(model: Model, wanted: readonly Build[] = builds): Compilation {
  const lowered = lowerModel(model);
  if (Array.isArray(lowered)) return { refusals: lowered };
  const planned = lowered as PlannedModule;
  const content = {
    entries: new Map([['run', planned.calls]]),
    data: planned.data,
    memoryBytes: planned.memoryBytes,
  };
  const operators = new Map<string, number>();
  for (const { node } of nodes(model)) {
    const { opType = '' } = node;
    operators.set(opType, (operators.get(opType) ?? 0) + 1);
  }
  const { weightBytes, memoryBytes, arenaBytes } = planned;
  return {
    compiled: {
      inputs: planned.inputs.map(compiledPort),
      outputs: planned.outputs.map(compiledPort),
      modules: new Map(wanted.map((build) => [build, writeModule(kernelsOf(build), content)])),
      ...{ weightBytes, memoryBytes, arenaBytes, operators },
    },
  };
}

function compiledPort({ name, type, shape, view }: Port): CompiledPort {
  const { region, offset } = view.pointer();
  return { name, type, shape, address: region.address + offset };
}

function lowerModel(model: Model): PlannedModule | readonly Refusal[] {
  const refusals: Refusal[] = [];
  const attempt = (path: string, op: string, work: () => void): void => {
    try {
      work();
    } catch (error) {
      if (!(error instanceof NotCompiled)) throw error;
      refusals.push({ path, op, code: 'compile/refused', reason: error.message });
    }
  };
  const { graph } = model;
  if (graph === undefined) return [{ path: 'graph', op: 'Model', code: 'compile/refused', reason: 'It has no graph.' }];
  const view = new GraphView(model, graph);
  const missing = [...nodes(model)].flatMap(missingOperator);
  if (missing.length > 0) return missing;
  for (const [index, node] of graph.nodes.entries()) {
    const path = `graph/${nodePathPart(node, index)}`;
    attempt(path, node.opType ?? '', () => refuseOldBroadcasting(view.facts(node)));
  }
  if (refusals.length > 0) return refusals;
  const plan = new Plan();
  for (const tensor of graph.initializers) plan.addConstant(tensor.name ?? '', tensor);
  const constants = new Set(graph.initializers.map(({ name }) => name));
  for (const { name = '' } of graph.inputs.filter((input) => !constants.has(input.name))) {
    attempt(`graph/${name}`, 'Input', () => plan.addInput(name, view.shapeOf(name), view.typeOf(name)));
  }
  for (const group of fuseUnits(graph, view)) {
    if (refusals.length > 0) break;
    const { node } = group;
    const path = `graph/${nodePathPart(node, graph.nodes.indexOf(node))}`;
    attempt(path, node.opType ?? '', () => lowerGroup(group, view, plan));
  }
  for (const { name = '' } of graph.outputs) {
    if (refusals.length > 0) break;
    attempt(`graph/${name}`, 'Output', () => plan.addOutput(name));
  }
  return refusals.length > 0 ? refusals : plan.finish();
}

/** The branches of an If, of which the steps of one run. */
function lowerBranches(node: Node, view: GraphView, plan: Plan): void {
  const condition = plan.flat(node.inputs[0]!);
  const results = node.outputs.map((name) => plan.flatView(view.shapeOf(name), view.typeOf(name)));
  for (const isTrue of [true, false]) {
    const branch = getAttribute(node, isTrue ? 'then_branch' : 'else_branch')?.g ?? refuse('It has no branches.');
    plan.guarded({ view: condition, isTrue }, () => {
      const inner = view.within(branch);
      for (const tensor of branch.initializers) plan.addConstant(tensor.name ?? '', tensor);
      for (const group of fuseUnits(branch, inner)) lowerGroup(group, inner, plan);
      for (const [index, { name = '' }] of branch.outputs.entries()) {
        const found = plan.flat(name);
        const result = results[index]!;
        if (found.shape.join() !== result.shape.join()) refuse('Its branches have results of different shapes.');
        plan.copy(found, result);
      }
    });
  }
  for (const [index, name] of node.outputs.entries()) plan.define(name, results[index]!);
}

function missingOperator({ node, path }: NodeVisit): readonly Refusal[] {
  if (compiledOperator(node) !== undefined || isBranching(node)) return [];
  const domain = canonicalDomain(node.domain);
  const op = node.opType ?? '';
  const named = domain === '' ? op : `${domain}.${op}`;
  const reason = `Compiled modules do not have the operator ${named}.`;
  return [{ path, op: named, code: 'compile/operator', reason }];
}

const broadcastByAxis: ReadonlySet<string> = new Set(['Add', 'Sub', 'Mul', 'Div', 'Pow', 'PRelu']);

/** Before opset 7 the second input may be aligned at the attribute `axis`, or, for PRelu, at the channels. */
function refuseOldBroadcasting(facts: NodeFacts): void {
  const { opType = '' } = facts.node;
  if (facts.opset >= 7 || !broadcastByAxis.has(opType)) return;
  const isAligned = opType === 'PRelu' || facts.int('axis') !== undefined;
  const [left, right] = facts.inputs.map(({ shape }) => shape?.join());
  if (!isAligned || (left !== undefined && left === right)) return;
  refuse(`Its opset ${facts.opset} aligns the second input by an older rule. Convert the model to opset 7 or later.`);
}

function isBranching({ opType, domain }: Node): boolean {
  return opType === 'If' && isDefaultDomain(domain);
}

function lowerGroup(group: NodeGroup, view: GraphView, plan: Plan): void {
  if (isBranching(group.node)) {
    lowerBranches(group.node, view, plan);
    return;
  }
  const operator = compiledOperator(group.node)!;
  const unit = unitOf(group, view);
  if (group.quantizer === undefined) {
    operator.lower(unit, plan);
    return;
  }
  const { quantizer } = group;
  const last = unitOf({ node: quantizer, output: quantizer.outputs[0]!, activation: noActivation, nodes: [] }, view);
  if (operator.lowerQuantized!(unit, last, plan)) return;
  operator.lower(unit, plan);
  compiledOperator(quantizer)!.lower(last, plan);
}

function unitOf({ node, output, activation, added, scaled }: NodeGroup, view: GraphView): Unit {
  const outputs = node.outputs.map((name, index): UnitOutput => {
    const isUsed = name !== '' && (index === 0 || view.isRead(name));
    const shown = index === 0 ? output : name;
    return isUsed
      ? { name: shown, shape: view.shapeOf(name), type: view.typeOf(name) }
      : { name: '', shape: [], type: 'float32' };
  });
  while (outputs.length > 1 && outputs.at(-1)!.name === '') outputs.pop();
  return {
    facts: view.facts(node),
    inputs: node.inputs,
    outputs,
    activation,
    ...(added && { added }),
    ...(scaled && { scaled }),
  };
}

/** Shapes, types and constants of the values of a graph. */
class GraphView {
  readonly #model: Model;
  readonly #values: ReturnType<typeof inferModel>;
  readonly #graph: Graph;
  readonly #opsets: ReadonlyMap<string, number>;
  readonly #constants: ReadonlyMap<ValueName, Tensor>;
  readonly #readers: Readers;

  constructor(model: Model, graph: Graph, outer?: GraphView) {
    this.#model = model;
    this.#values = outer === undefined ? inferModel(model) : outer.#values;
    this.#graph = graph;
    this.#opsets = opsetsByDomain(model.opsetImports);
    const own = graph.initializers.map((tensor): [string, Tensor] => [tensor.name ?? '', tensor]);
    this.#constants = new Map([...(outer === undefined ? [] : outer.#constants), ...own]);
    this.#readers = readersIn(graph);
  }

  /** The same for the graph of a branch. */
  within(graph: Graph): GraphView {
    return new GraphView(this.#model, graph, this);
  }

  isRead(name: ValueName): boolean {
    return this.#readers.has(name);
  }

  isConstant(name: ValueName): boolean {
    return this.#constants.has(name);
  }

  scalar(name: ValueName): number | undefined {
    const content = this.#constants.get(name);
    return content === undefined ? undefined : scalarOf(content);
  }

  facts(node: Node): NodeFacts {
    const inputs = node.inputs.map((name) => (name === '' ? {} : (this.#values.value(this.#graph, name) ?? {})));
    return new NodeFacts(node, this.#opsets.get(canonicalDomain(node.domain)) ?? 1, inputs);
  }

  shape(name: ValueName): readonly number[] | undefined {
    const shape = this.#values.value(this.#graph, name)?.shape;
    return shape?.every((size) => typeof size === 'number') === true ? (shape as readonly number[]) : undefined;
  }

  /** Refuses a shape that is not fixed. */
  shapeOf(name: ValueName): readonly number[] {
    return (
      this.shape(name) ?? refuse(`The shape of "${name}" is not fixed. Give each free dimension a size with --dim.`)
    );
  }

  typeOf(name: ValueName): ElementType {
    return elementTypeOf(this.#values.value(this.#graph, name)?.elementType as DataTypeCode | undefined, name);
  }
}

function scalarOf(tensor: Tensor): number | undefined {
  const numbers = tensor.dataType === 1 ? readFloat32(tensor) : undefined;
  return numbers?.length === 1 ? numbers[0] : undefined;
}
