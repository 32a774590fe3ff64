/** Numbered cases for tests of all passes: a random model, a random recipe, and whether there is data. */
import { constantNode } from '../../onnx/constant-node';
import { DataType } from '../../onnx/data-type';
import { AttributeType, type Attribute, type Model, type Node, type Tensor } from '../../onnx/graph';
import { readFloat32, readIntegers } from '../../onnx/tensor';
import { defaultOpsetVersion } from '../../onnx/traverse';
import { blockCount, randomNetwork } from '../../onnx/coupling/testing/random-network';
import type { Recipe } from '../../recipe/recipe';
import { randomRecipe } from './random-recipe';
import { randomSequenceNetwork, sequenceBlockCount } from './random-sequence-network';
import { randomModel, randomOpsets, type Step } from '../simplify/testing/random-model';
import { createSeededRandom } from '../../seeded-random';
import type { CheckedModel } from './check-random-recipe.runtime';

export interface RandomCase {
  readonly kind: string;
  readonly checked: CheckedModel;
  readonly recipe: Recipe;
  readonly sampleCount: number;
  readonly isRepeated: boolean;
}

type Below = (count: number) => number;

/** A third of the models has its weights in Constant nodes. */
export function randomCase(number: number): RandomCase {
  const random = createSeededRandom(number);
  const below = (count: number) => Math.floor(random.next() * count);
  const [kind, make] = kinds[below(kinds.length)]!;
  const made = make(below);
  const checked = below(3) === 0 ? { ...made, model: withConstantNodes(made.model, below) } : made;
  const names = checked.model.graph!.nodes.flatMap(({ name }) => (name ? [name] : []));
  const chosen = randomRecipe(below, names);
  return {
    kind,
    checked,
    recipe: withSizes(chosen, checked),
    sampleCount: below(4) === 0 ? 0 : 8,
    isRepeated: below(4) === 0,
  };
}

/** Sizes that are fixed are those that are fed. */
function withSizes(recipe: Recipe, { dimensions }: CheckedModel): Recipe {
  const sizes = Object.entries(dimensions).map(([name, size]) => `${name}=${size}`);
  const steps = recipe.steps.map((step) =>
    step.pass === 'fix-dimensions' ? { ...step, options: { dimensions: sizes } } : step,
  );
  return { ...recipe, steps };
}

const pictures = (below: Below): CheckedModel => {
  const choices = Array.from({ length: 1 + below(5) }, () => below(blockCount));
  const model = randomNetwork(below(2 ** 31), choices);
  return { model: below(2) === 0 ? withFreeBatch(model) : model, dimensions: {}, isWellConditioned: true };
};

const sequences = (below: Below): CheckedModel => {
  const choices = Array.from({ length: 1 + below(4) }, () => below(sequenceBlockCount));
  return { model: randomSequenceNetwork(below(2 ** 31), choices), dimensions: {}, isWellConditioned: true };
};

/** Any operators, in any operator set; integers and branches among them. */
const anything = (below: Below): CheckedModel => {
  const steps = Array.from({ length: 2 + below(10) }, (): Step => [below(1000), below(1000), below(1000), below(1000)]);
  const opset = randomOpsets[below(randomOpsets.length)]!;
  const model = randomModel(opset, steps, below(2) === 0, below(2) === 0);
  return { model, dimensions: { N: 2, H: 4 }, isWellConditioned: false };
};

const kinds: readonly (readonly [string, (below: Below) => CheckedModel])[] = [
  ['pictures', pictures],
  ['pictures', pictures],
  ['sequences', sequences],
  ['sequences', sequences],
  ['anything', anything],
];

/** Makes the first axis free, as exporters do, whatever constants in the network depend on it. */
function withFreeBatch(model: Model): Model {
  const graph = model.graph!;
  const free = graph.inputs.map((input) => ({
    ...input,
    type: {
      ...input.type!,
      shape: { dimensions: [{ symbol: 'batch' }, ...(input.type!.shape!.dimensions.slice(1) ?? [])] },
    },
  }));
  const outputs = graph.outputs.map(({ name, type }) => ({
    name,
    type: { ...type!, shape: { dimensions: [{ symbol: 'batch' }, ...type!.shape!.dimensions.slice(1)] } },
  }));
  return { ...model, graph: { ...graph, inputs: free, outputs } };
}

/** Stores initializers as Constant nodes, in every form that there is for their numbers. */
function withConstantNodes(model: Model, below: Below): Model {
  const graph = model.graph!;
  if (defaultOpsetVersion(model) < 13n) return model;
  const isInput = new Set(graph.inputs.map(({ name }) => name));
  const stored: Node[] = [];
  const initializers = graph.initializers.filter((tensor) => {
    if (isInput.has(tensor.name) || below(4) === 0) return true;
    const attribute = listOf(tensor);
    const name = tensor.name!;
    stored.push(attribute ? { ...constantNode(name, tensor), attributes: [attribute] } : constantNode(name, tensor));
    return false;
  });
  return { ...model, graph: { ...graph, nodes: [...stored, ...graph.nodes], initializers } };
}

/** The attribute of a Constant node for a number or a list; `undefined` for other tensors. */
function listOf(tensor: Tensor): Attribute | undefined {
  const rank = tensor.dims.length;
  if (rank > 1) return undefined;
  if (tensor.dataType === DataType.float32) {
    const floats = [...readFloat32(tensor)];
    const [f = 0] = floats;
    return rank === 0
      ? { name: 'value_float', type: AttributeType.float, f }
      : { name: 'value_floats', type: AttributeType.floats, floats };
  }
  if (tensor.dataType !== DataType.int64) return undefined;
  const ints = readIntegers(tensor);
  const [i = 0n] = ints;
  return rank === 0
    ? { name: 'value_int', type: AttributeType.int, i }
    : { name: 'value_ints', type: AttributeType.ints, ints };
}
