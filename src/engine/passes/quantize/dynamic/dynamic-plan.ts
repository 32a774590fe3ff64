/** Plans the change of each node by quantize-dynamic, before any weight is read. */
import { isFloatDataType } from '../../../onnx/data-type';
import type { ModelEditor } from '../../../onnx/edit';
import type { Model, Node, Tensor } from '../../../onnx/graph';
import { weightOperandsOf } from '../../../onnx/ops/registry';
import {
  canonicalDomain,
  childScopes,
  isInsideFunction,
  nodesOf,
  scopes,
  type NodeVisit,
  type Scope,
} from '../../../onnx/traverse';
import type { Refusal } from '../../pass';
import { namesOfNode, unknownNodeNames } from '../../node-names';
import { dynamicAttention } from './dynamic-attention';
import { dynamicConv } from './dynamic-conv';
import { dynamicEmbedLayerNormalization } from './dynamic-embed-layer-normalization';
import { dynamicGather, dynamicTranspose } from './dynamic-movement';
import { dynamicGemm } from './dynamic-gemm';
import { dynamicLstm } from './dynamic-lstm';
import { dynamicMatMul } from './dynamic-matmul';
import type { DynamicOptions } from './dynamic-options';
import { refused, type DynamicRule, type Reason } from './dynamic-rule';
import { QuantizationScope, type QuantizationSession } from './quantization-scope';

const rules: readonly DynamicRule[] = [
  dynamicMatMul,
  dynamicGemm,
  dynamicConv,
  dynamicLstm,
  dynamicGather,
  dynamicTranspose,
  dynamicAttention,
  dynamicEmbedLayerNormalization,
];

export interface PlannedNode {
  readonly visit: NodeVisit;
  readonly rule: DynamicRule;
  readonly weights: readonly Tensor[];
}

export interface PlannedGraph {
  readonly scope: QuantizationScope;
  /** Every node of the graph in order, with its planned change and the graphs inside it. */
  readonly nodes: readonly {
    readonly node: Node;
    readonly planned: PlannedNode | undefined;
    readonly inner: readonly PlannedGraph[];
  }[];
}

export interface DynamicPlan {
  readonly graph: PlannedGraph;
  /** The nodes with a weight to quantize. */
  readonly candidates: readonly PlannedNode[];
  readonly refusals: readonly Refusal[];
}

/** Collects the plan of a model. `pinnedWeights` is filled with the weights of nodes that the user excluded. */
export function planDynamicQuantization(
  model: Model,
  editor: ModelEditor,
  session: QuantizationSession,
  pinnedWeights: Set<Tensor>,
): DynamicPlan {
  const candidates: PlannedNode[] = [];
  const refusals: Refusal[] = [];
  const refuse = (visit: NodeVisit, { code, reason }: Reason): void => {
    refusals.push({ path: visit.path, op: visit.node.opType ?? '', code, reason });
  };

  const planNode = (visit: NodeVisit, scope: QuantizationScope): PlannedNode | undefined => {
    const rule = ruleOf(visit.node);
    const plan = rule?.plan(visit.node, scope);
    if (!rule && hasFloatWeight(visit.node, scope)) refuse(visit, noDynamicForm(visit.node));
    if (!rule && hasIntegerWeight(visit.node, scope)) refuse(visit, alreadyQuantized(visit.node));
    if (!rule || !plan || plan.kind === 'nothing') return undefined;
    const deselected = deselection(visit, session.options);
    if (deselected?.code === 'excluded' && plan.kind === 'ready') {
      for (const weight of plan.weights) pinnedWeights.add(weight);
    }
    if (plan.kind === 'follows') return deselected ? undefined : { visit, rule, weights: [] };
    // Selecting its operator too would change nothing.
    const isHopeless = plan.kind === 'refused' && deselected !== undefined && isByType(deselected);
    const obstacle = deselected === undefined || isHopeless ? plan : deselected;
    if ('code' in obstacle) refuse(visit, obstacle);
    if ('code' in obstacle || plan.kind !== 'ready') return undefined;
    const planned = { visit, rule, weights: plan.weights };
    candidates.push(planned);
    return planned;
  };

  const planGraph = (at: Scope, outer?: { scope: QuantizationScope; owner: Node }): PlannedGraph => {
    const scope = new QuantizationScope(session, editor.editorOf(at.graph!), outer);
    const nodes = [...nodesOf(at)].map((visit) => ({
      node: visit.node,
      inner: childScopes(visit).map((child) => planGraph(child, { scope, owner: visit.node })),
      planned: planNode(visit, scope),
    }));
    return { scope, nodes };
  };

  const all = [...scopes(model)];
  const known = new Set(all.flatMap((scope) => [...nodesOf(scope)].flatMap(namesFor)));
  refusals.push(...unknownNodeNames([...session.options.include, ...session.options.exclude], known));
  const graph = planGraph(all.find((scope) => scope.graph && !scope.parent)!);
  for (const scope of all)
    if (isInsideFunction(scope)) for (const visit of nodesOf(scope)) refuseInFunction(visit, refuse);
  return { graph, candidates, refusals };
}

function ruleOf(node: Node): DynamicRule | undefined {
  const domain = canonicalDomain(node.domain);
  return rules.find((rule) => rule.opType === node.opType && rule.domain === domain);
}

/** True if a node multiplies with a constant of floats. Weights with a zero point are integers already. */
function hasFloatWeight(node: Node, scope: QuantizationScope): boolean {
  return weightOperandsOf(node).some(({ input, zeroPointInput }) => {
    if (zeroPointInput !== undefined) return false;
    const type = scope.constant(node.inputs[input] ?? '')?.dataType;
    return type !== undefined && isFloatDataType(type);
  });
}

/** True if a node multiplies with a constant of an earlier quantization. */
function hasIntegerWeight(node: Node, scope: QuantizationScope): boolean {
  return weightOperandsOf(node).some(
    ({ input, zeroPointInput }) =>
      zeroPointInput !== undefined && scope.constant(node.inputs[input] ?? '') !== undefined,
  );
}

function alreadyQuantized({ opType = '' }: Node): Reason {
  return refused('already-quantized', `Its weight is already quantized (${opType}). Run restore-float first.`);
}

function noDynamicForm({ opType = '' }: Node): Reason {
  return refused('no-dynamic-form', `ONNX Runtime has no dynamic 8-bit form of ${opType}.`);
}

/** The reason that options exclude a node. `undefined`: they do not. Named nodes are included whatever their type. */
function deselection(visit: NodeVisit, options: DynamicOptions): Reason | undefined {
  const opType = visit.node.opType ?? '';
  const isNamedIn = (names: ReadonlySet<string>): boolean => namesFor(visit).some((name) => names.has(name));
  if (isNamedIn(options.exclude)) return refused('excluded', 'Excluded by the options.');
  if (options.include.size > 0) {
    return isNamedIn(options.include) ? undefined : refused('not-included', 'The options include other nodes only.');
  }
  if (options.opTypes.has(opType)) return undefined;
  return opType === 'Conv'
    ? refused(
        'conv-slow-on-wasm',
        'Integer convolutions are faster or slower on WebAssembly, by model. Add Conv to the operators for the smaller size, and measure.',
      )
    : refused('op-type-not-selected', `${opType} is not one of the operator types to quantize.`);
}

/** True if no option names the node. */
function isByType({ code }: Reason): boolean {
  return code !== 'excluded' && code !== 'not-included';
}

/** The names of a node, and the name that ONNX Runtime's tool gives to a Gemm after its rewrite. */
function namesFor(visit: NodeVisit): readonly string[] {
  const { name, opType } = visit.node;
  return name && opType === 'Gemm' ? [...namesOfNode(visit), `${name}_MatMul`] : namesOfNode(visit);
}

/** Functions are shared by all their calls and hold few weights. They stay unchanged, with a refusal. */
function refuseInFunction(visit: NodeVisit, refuse: (visit: NodeVisit, reason: Reason) => void): void {
  const rule = ruleOf(visit.node);
  if (!rule || rule === dynamicGather || rule === dynamicTranspose) return;
  refuse(visit, refused('inside-function', 'It is part of a function, and functions are not quantized.'));
}
