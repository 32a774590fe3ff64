/**
 * Values inside the student that are trained to match the teacher's. Every picture then gives far more information than
 * its few scores (Romero et al. 2015). A narrower student follows the teacher's channels that are most similar
 * to its own.
 */
import { intAttribute } from '../onnx/attributes';
import { DataType } from '../onnx/data-type';
import type { Node, ValueName } from '../onnx/graph';
import { isDefaultDomain } from '../onnx/traverse';
import type { ForwardGraph } from './prepare-forward';
import type { StaticShape, StepBuilder } from './step-builder';
import { productOf } from '../product-of';

/** A value that has the same name in both graphs, and the same sizes but for its channels. */
export interface FeatureSite {
  readonly name: ValueName;
  readonly channelAxis: number;
}

export interface FeatureTarget extends FeatureSite {
  /** The teacher's channel that each of the student's follows. */
  readonly channels: readonly number[];
  /** The factor of this mean squared error in the total loss, in which the loss of the outputs counts once. */
  readonly weight: number;
}

/** The most sites. More cost time and add little. */
const mostSites = 12;
const activationOps: ReadonlySet<string> = new Set(
  'Relu Clip LeakyRelu PRelu Elu Selu Gelu HardSwish Mish Sigmoid HardSigmoid Tanh Softplus'.split(' '),
);

/**
 * Finds values at which blocks end: values that several nodes read, and activations of sums of two values. In a chain, every activation
 * ends a block. It returns at most 12, spread over the depth.
 */
export function findFeatures(student: ForwardGraph, teacher: ForwardGraph): readonly FeatureSite[] {
  const { nodes } = student.graph;
  const readers = new Map<ValueName, Node[]>();
  for (const node of nodes)
    for (const name of new Set(node.inputs)) readers.set(name, [...(readers.get(name) ?? []), node]);
  const computed = new Set(nodes.flatMap(({ outputs }) => outputs));
  const ends = new Set<ValueName>();
  for (const node of nodes) {
    const [name] = node.outputs as [ValueName];
    const isSum =
      isDefaultDomain(node.domain) && node.opType === 'Add' && node.inputs.every((each) => computed.has(each));
    if ((readers.get(name)?.length ?? 0) > 1) ends.add(name);
    else if (isSum) ends.add(afterActivation(name, readers));
  }
  const found = sitesOf(ends, student, teacher);
  if (found.length > 0) return spread(found);
  return spread(sitesOf(new Set(nodes.filter(isActivation).map(({ outputs }) => outputs[0]!)), student, teacher));
}

function isActivation({ domain, opType = '' }: Node): boolean {
  return isDefaultDomain(domain) && activationOps.has(opType);
}

function afterActivation(name: ValueName, readers: ReadonlyMap<ValueName, readonly Node[]>): ValueName {
  const [reader, ...others] = readers.get(name) ?? [];
  return reader !== undefined && others.length === 0 && isActivation(reader) ? reader.outputs[0]! : name;
}

function sitesOf(names: ReadonlySet<ValueName>, student: ForwardGraph, teacher: ForwardGraph): readonly FeatureSite[] {
  const computed = new Set(teacher.graph.nodes.flatMap(({ outputs }) => outputs));
  const answers = new Set(student.graph.outputs.map((output) => output.name));
  return [...names].flatMap((name) => {
    const isPair = [student, teacher].every((forward) => forward.elementTypeOf(name) === DataType.float32);
    if (!isPair || !computed.has(name) || answers.has(name) || student.added?.has(name)) return [];
    const channelAxis = channelAxisOf(student.shapeOf(name), teacher.shapeOf(name));
    return channelAxis === undefined ? [] : [{ name, channelAxis }];
  });
}

/** The axis by which the shapes differ, with the student's narrower; the second if they do not differ. */
function channelAxisOf(own: StaticShape | undefined, other: StaticShape | undefined): number | undefined {
  if (own === undefined || other === undefined || own.length < 3 || own.length !== other.length) return undefined;
  const differing = own.flatMap((size, axis) => (size === other[axis] ? [] : [axis]));
  if (differing.length === 0) return 1;
  const [axis] = differing as [number];
  return differing.length === 1 && axis > 0 && own[axis]! < other[axis]! ? axis : undefined;
}

function spread(sites: readonly FeatureSite[]): readonly FeatureSite[] {
  if (sites.length <= mostSites) return sites;
  return Array.from(
    { length: mostSites },
    (_, index) => sites[Math.floor(((index + 1) * sites.length) / mostSites) - 1]!,
  );
}

/** The gradients of the weighted mean squared errors with respect to the student's values. @param teacherNames of values in the step. */
export function featureSeeds(
  builder: StepBuilder,
  targets: readonly FeatureTarget[],
  teacherNames: ReadonlyMap<ValueName, ValueName>,
): ReadonlyMap<ValueName, ValueName> {
  return new Map(
    targets.map(({ name, channelAxis, channels, weight }) => {
      const whole = teacherNames.get(name)!;
      const isWhole = channels.length === builder.shapeOf(whole)[channelAxis] && channels.every((of, at) => of === at);
      const axis = [intAttribute('axis', channelAxis)];
      const wanted = isWhole
        ? whole
        : builder.emit('Gather', [whole, builder.ints(channels)], builder.shapeOf(name), axis);
      return [name, builder.scale(builder.subtract(name, wanted), (2 * weight) / productOf(builder.shapeOf(name)))];
    }),
  );
}
