/** Predicts which nodes WebGPU and WebNN will leave to the CPU, before anything runs. */
import { DataType, dataTypeName } from '../onnx/data-type';
import type { Model, Node, ValueName } from '../onnx/graph';
import type { InferredModel } from '../onnx/infer';
import type { InferredValue } from '../onnx/ops/operator';
import {
  isReadByCpu,
  isRefusedByWasm,
  isWrongOnWebgpu,
  webgpuSupport,
  webnnRefusal,
  type KernelRequest,
} from '../onnx/ops/registry';
import { overridableInitializers } from '../onnx/overridable-initializers';
import { subgraphsOf } from '../onnx/subgraphs';
import {
  canonicalDomain,
  getAttributeInt,
  nodesOf,
  opsetsByDomain,
  scopes,
  type NodeVisit,
  type Scope,
} from '../onnx/traverse';
import { constantsOf } from './constant-values';
import { countCopies, type Sides } from './count-copies';
import { describePlacement } from './describe-placement';

/**
 * `no kernel`: the provider does not have the operator for this type and opset. `shape work`: it works out a shape from
 * values that are on the CPU already. `open size`, `input not constant`, `rank`: requirements of WebNN that the node
 * does not meet.
 */
export type LeavingReason = 'no kernel' | 'shape work' | 'open size' | 'input not constant' | 'rank';

export interface LeavingNode {
  readonly path: string;
  readonly op: string;
  readonly reason: LeavingReason;
}

export interface PlacementPrediction {
  /** "3 nodes will leave WebGPU: Round ×2, NonZero." */
  readonly sentence: string;
  /** The source of the prediction. */
  readonly evidence: string;
  readonly leaves: readonly LeavingNode[];
  /** Values that go between the provider's memory and the CPU's at each run, besides inputs and outputs of the model. */
  readonly copies: number;
  /** Nodes that no measurement tells about, by their operator. */
  readonly notMeasured: readonly { readonly op: string; readonly nodes: number; readonly paths: readonly string[] }[];
  /** Nodes that stay although the provider computes wrong numbers for them without an error. Absent: none. */
  readonly wrong?: readonly { readonly path: string; readonly op: string }[];
}

/** A node without a kernel on the CPU: the runtime does not open the model, unless another provider runs the node. */
export interface RefusedNode {
  readonly path: string;
  /** `Conv of float64`. */
  readonly op: string;
}

export interface PredictedPlacements {
  /** Nodes that WASM refuses, and so do the other providers if they leave them to the CPU. Absent: none is known. */
  readonly refused?: readonly RefusedNode[];
  readonly wasm: PlacementPrediction;
  readonly webgpu: PlacementPrediction;
  readonly webnn: PlacementPrediction;
}

/**
 * Lists for each provider the nodes that will run on the CPU instead, in order. Nodes that the runtime computes at load
 * time run nowhere and are left out: those with only constant inputs, and Shape of a fixed shape. Nodes that hold a
 * graph are left out too, because the nodes inside count instead. Bodies of functions are not followed; a call counts
 * as not measured.
 *
 * @param inferred the values of the same model, with the sizes of a session: WebNN accepts no open sizes.
 */
export function predictPlacements(model: Model, inferred: InferredModel): PredictedPlacements {
  const webgpu = new Prediction();
  const webnn = new Prediction();
  const refused: RefusedNode[] = [];
  const opsets = opsetsByDomain(model.opsetImports);
  const overridable = overridableInitializers(model);
  const constantsByPath = new Map<string, ReadonlySet<ValueName>>();
  for (const scope of scopes(model)) {
    if (!scope.graph) continue;
    const outer = scope.parent && constantsByPath.get(scope.parent.scope.path);
    const known = constantsOf(scope.graph, inferred, { outer, overridable });
    constantsByPath.set(scope.path, known);
    new ScopePredictor(scope, { inferred, opsets, constants: known, overridable }).predict(webgpu, webnn, refused);
  }
  return {
    ...(refused.length > 0 && { refused }),
    wasm: {
      sentence: 'All nodes run on WASM, which is the CPU.',
      evidence: 'The CPU runs the nodes that the other providers do not support.',
      leaves: [],
      copies: 0,
      notMeasured: [],
    },
    webgpu: webgpu.result('WebGPU', 'measured with onnxruntime-web 1.30, operator by operator, in Chromium'),
    webnn: webnn.result('WebNN', 'from the operator list of onnxruntime-web 1.30; a device may support fewer'),
  };
}

class Prediction {
  readonly leaves: LeavingNode[] = [];
  readonly #wrong: { readonly path: string; readonly op: string }[] = [];
  readonly #left = new Set<Node>();
  #copies = 0;
  readonly #notMeasured = new Map<string, string[]>();

  leave({ path, node }: NodeVisit, reason: LeavingReason): void {
    this.#left.add(node);
    this.leaves.push({ path, op: node.opType ?? '', reason });
  }

  warnOf({ path, node }: NodeVisit): void {
    this.#wrong.push({ path, op: node.opType ?? '' });
  }

  /**
   * Adds the copies between the nodes of one graph, after it is known which of them leave. A node that is not known to leave counts as
   * staying.
   */
  addCopies(nodes: readonly Node[], sides: Omit<Sides, 'isLeft'>): void {
    this.#copies += countCopies(nodes, { ...sides, isLeft: (node) => this.#left.has(node) });
  }

  doNotKnow({ path, node }: NodeVisit): void {
    const op = node.opType ?? '';
    const paths = this.#notMeasured.get(op) ?? [];
    paths.push(path);
    this.#notMeasured.set(op, paths);
  }

  result(provider: string, evidence: string): PlacementPrediction {
    const notMeasured = Array.from(this.#notMeasured, ([op, paths]) => ({ op, nodes: paths.length, paths }));
    return {
      sentence: describePlacement(provider, this.leaves, notMeasured, this.#wrong, this.#copies),
      evidence,
      leaves: this.leaves,
      copies: this.#copies,
      notMeasured,
      ...(this.#wrong.length > 0 && { wrong: this.#wrong }),
    };
  }
}

interface ScopeFacts {
  readonly inferred: InferredModel;
  readonly opsets: ReadonlyMap<string, number>;
  /** Names that are constants here. */
  readonly constants: ReadonlySet<ValueName>;
  /** Initializers that a caller may give other values for. */
  readonly overridable: ReadonlySet<ValueName>;
}

/** The nodes of one graph. */
class ScopePredictor {
  readonly #scope: Scope;
  readonly #facts: ScopeFacts;
  /** Inputs that have no values before a caller gives some. */
  readonly #givenInputs: ReadonlySet<ValueName>;
  /** Values in the memory of the CPU that come from a shape. */
  readonly #onCpu = new Set<ValueName>();

  constructor(scope: Scope, facts: ScopeFacts) {
    this.#scope = scope;
    this.#facts = facts;
    const names = scope.graph!.inputs.map(({ name = '' }) => name);
    this.#givenInputs = new Set(names.filter((name) => !facts.constants.has(name) && !facts.overridable.has(name)));
  }

  predict(webgpu: Prediction, webnn: Prediction, refused: RefusedNode[]): void {
    const placed: Node[] = [];
    for (const visit of nodesOf(this.#scope)) {
      const { node, path } = visit;
      if (isRefusedByWasm(this.#requestOf(node))) refused.push({ path, op: this.#describe(node) });
      if (node.outputs.every((name) => name === '' || this.#facts.constants.has(name))) continue;
      if (subgraphsOf(node).length > 0) continue;
      placed.push(node);
      this.#predictWebgpu(visit, webgpu);
      this.#predictWebnn(visit, webnn);
    }
    webgpu.addCopies(placed, {
      isGivenToCpu: (name) => this.#onCpu.has(name),
      isReadByCpu: ({ opType = '' }, input) => isReadByCpu(opType, input),
    });
    // WebNN's graphs hold as constants the inputs that kernels of WebGPU read from the CPU.
    webnn.addCopies(placed, { isGivenToCpu: () => false, isReadByCpu: () => false });
  }

  #requestOf(node: Node): KernelRequest {
    return {
      domain: node.domain,
      opType: node.opType ?? '',
      opset: this.#opsetOf(node.domain),
      inputTypes: node.inputs.map((name) => this.#value(name).elementType),
      castTo: getAttributeInt(node, 'to'),
    };
  }

  #describe({ opType = '', inputs }: Node): string {
    const type = this.#value(inputs[0] ?? '').elementType;
    return type === undefined ? opType : `${opType} of ${dataTypeName(type)}`;
  }

  /**
   * Places nodes like ONNX Runtime (GetCpuPreferredNodes in its sources). A node that reads a shape and nothing on the
   * GPU stays on the CPU, even if the GPU has a kernel.
   */
  #predictWebgpu(visit: NodeVisit, prediction: Prediction): void {
    const { node } = visit;
    const support = webgpuSupport(this.#requestOf(node));
    const readsFromCpu = node.inputs.some((name) => this.#onCpu.has(name));
    const isShapeWork = support === 'runs' && readsFromCpu && this.#needsNoGpu(visit);
    if (support === 'not measured') prediction.doNotKnow(visit);
    if (support === 'leaves') prediction.leave(visit, 'no kernel');
    if (isShapeWork) prediction.leave(visit, 'shape work');
    const shapes = node.inputs.map((name) => this.#value(name).shape);
    if (support === 'runs' && isWrongOnWebgpu(node, shapes)) prediction.warnOf(visit);
    // A kernel of Shape on the GPU gives its output to the CPU.
    const givesToCpu =
      isShapeWork || (readsFromCpu && support === 'leaves') || (support === 'runs' && node.opType === 'Shape');
    if (givesToCpu) for (const output of node.outputs) this.#onCpu.add(output);
  }

  #needsNoGpu({ node }: NodeVisit): boolean {
    return node.inputs.every((name, input) => {
      if (name === '') return true;
      const value = this.#value(name);
      if (value.elementType === DataType.float16) return false;
      if (this.#givenInputs.has(name) || this.#isSmallWeight(name, value)) return true;
      return this.#onCpu.has(name) && !isReadByCpu(node.opType ?? '', input);
    });
  }

  #isSmallWeight(name: ValueName, { shape }: InferredValue): boolean {
    const { constants, overridable } = this.#facts;
    const most = 100;
    const count = shape?.reduce<number>((product, size) => product * (typeof size === 'number' ? size : Infinity), 1);
    return (constants.has(name) || overridable.has(name)) && count !== undefined && count <= most;
  }

  #predictWebnn(visit: NodeVisit, prediction: Prediction): void {
    const { node } = visit;
    const refusal = webnnRefusal({
      domain: node.domain,
      opType: node.opType ?? '',
      opset: this.#opsetOf(node.domain),
      inputs: node.inputs.filter((name) => name !== '').map((name) => this.#value(name)),
      outputs: node.outputs.filter((name) => name !== '').map((name) => this.#value(name)),
      isConstant: (input) => (node.inputs[input] ?? '') === '' || this.#facts.constants.has(node.inputs[input]!),
    });
    if (refusal !== undefined) prediction.leave(visit, refusal === 'no operator' ? 'no kernel' : refusal);
  }

  #value(name: ValueName): InferredValue {
    return (name !== '' && this.#facts.inferred.value(this.#scope.graph!, name)) || {};
  }

  #opsetOf(domain: string | undefined): number {
    return this.#facts.opsets.get(canonicalDomain(domain)) ?? 1;
  }
}
