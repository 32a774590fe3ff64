/** Whole steps through ONNX Runtime: updates against what the formulas give, losses against finite differences, names, limits. */
import { describe, expect, it } from 'vitest';
import { checkModel } from '../onnx/check';
import { encodeModel, joinParts } from '../onnx/codec/encode';
import type { Model } from '../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { readFloat32 } from '../onnx/tensor';
import { createSeededRandom } from '../seeded-random';
import { compileStep, type StepGraph, type StepRequest } from './compile-step';
import type { LossSettings } from './emit-loss';
import { codeOf, withFakeQuantization } from './fake-quant';
import { valuesOf } from './parameter-layout';
import { stepScalars, type OptimizerSettings } from './optimizers';
import { isNotTrainable, prepareForward, type ForwardGraph } from './prepare-forward';
import { loadOrtInNode } from '../../runtime/node/ort';

const random = createSeededRandom(8);
const draw = (count: number, scale = 1): Float32Array =>
  Float32Array.from({ length: count }, () => scale * (2 * random.next() - 1));

const batch = 4;
const classes = 3;

/** A small net whose names are those that a step might take: w, loss, teacher/y … */
function net(hidden: number, opTypes: readonly string[] = ['Relu']): Model {
  const through = opTypes.map((opType, index) => node(opType, [index === 0 ? 'loss' : `a${index}`], [`a${index + 1}`]));
  return model(
    graph({
      nodes: [
        node('Gemm', ['x', 'w', 'step/weights'], ['loss'], {}, { name: 'step/Gemm' }),
        ...through,
        node('Gemm', [`a${opTypes.length}`, 'v'], ['teacher/y']),
        node('Softmax', ['teacher/y'], ['y'], { axis: -1n }),
      ],
      initializers: [
        floatTensor('w', [5, hidden], draw(5 * hidden)),
        floatTensor('step/weights', [hidden], draw(hidden)),
        floatTensor('v', [hidden, classes], draw(hidden * classes)),
      ],
      inputs: [valueInfo('x', ['N', 5])],
      outputs: [valueInfo('y', ['N', classes])],
    }),
    { opset: 18 },
  );
}

function forwardOf(each: Model): ForwardGraph {
  const forward = prepareForward(each, { batch, inputs: new Map([['x', [batch, 5]]]) });
  if (isNotTrainable(forward)) throw new Error(forward.reason);
  return forward;
}

const usual = forwardOf(net(4));
const usualElements = 5 * 4 + 4 + 4 * classes;
const adam: OptimizerSettings = { kind: 'adam', weightDecay: 0 };

function compiled(request: Partial<StepRequest> = {}): StepGraph {
  const step = compileStep({ student: usual, loss: { kind: 'teacher' }, optimizer: adam, averages: false, ...request });
  if ('reason' in step) throw new Error(step.reason);
  expect(checkModel(step.model)).toEqual([]);
  expect(checkModel(step.evaluation.model)).toEqual([]);
  return step;
}

type Values = Readonly<Record<string, { readonly dims: readonly number[]; readonly data: Float32Array }>>;

/** Runs a model as often as there are feeds. */
async function runAll(each: Model, all: readonly Values[]): Promise<Readonly<Record<string, Float32Array>>[]> {
  const ort = await loadOrtInNode(1);
  const session = await ort.InferenceSession.create(joinParts(encodeModel(each)), { logSeverityLevel: 3 });
  const found: Record<string, Float32Array>[] = [];
  for (const feeds of all) {
    const tensors = Object.entries(feeds).map(([name, { dims, data }]) => [
      name,
      new ort.Tensor('float32', data, dims),
    ]);
    const outputs = await session.run(Object.fromEntries(tensors) as never);
    found.push(Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array])));
  }
  await session.release();
  return found;
}

const vector = (data: Float32Array) => ({ dims: [data.length], data });
const scalar = (value: number) => ({ dims: [], data: Float32Array.of(value) });
const pictures = { dims: [batch, 5], data: draw(batch * 5) };
const labels = {
  dims: [batch, classes],
  data: Float32Array.from({ length: batch * classes }, (_, index) =>
    index % classes === Math.floor(index / classes) % classes ? 1 : 0,
  ),
};

function feedsOf(step: StepGraph, settings: OptimizerSettings, weights: Float32Array, moments: Float32Array): Values {
  const scalars = stepScalars(settings, 0.1, 3);
  return {
    x: pictures,
    ...(step.labels && { [step.labels]: labels }),
    [step.weights.input]: vector(weights),
    ...Object.fromEntries(Object.values(step.moments).map(({ input }) => [input, vector(moments)])),
    ...Object.fromEntries(
      (['rate', 'spread', 'decay'] as const).flatMap((name) => {
        const input = step.scalars[name];
        return input === undefined ? [] : [[input, scalar(scalars[name])]];
      }),
    ),
  };
}

/** The gradient that a step used, read off an update whose moments were zero: m' = (1 − β₁)·g. */
async function gradientOf(step: StepGraph): Promise<Float32Array> {
  const [outputs] = await runAll(step.model, [feedsOf(step, adam, step.start, new Float32Array(step.start.length))]);
  return outputs![step.moments.first.output]!.map((value) => value / 0.1);
}

describe('the update of a step', () => {
  const teacher = forwardOf(net(6));

  it('is that of Adam, to float32', async () => {
    const step = compiled({ teacher });
    const gradient = await gradientOf(step);
    const moments = Float32Array.from(gradient, () => 0.01 + 0.05 * random.next());
    const [outputs] = await runAll(step.model, [feedsOf(step, adam, step.start, moments)]);
    gradient.forEach((g, index) => {
      const m = 0.9 * moments[index]! + 0.1 * g;
      const v = 0.999 * moments[index]! + 0.001 * g * g;
      const corrected = [m / (1 - 0.9 ** 3), Math.sqrt(v / (1 - 0.999 ** 3))] as const;
      const expected = step.start[index]! - (0.1 * corrected[0]) / (corrected[1] + 1e-8);
      expect(outputs![step.weights.output]![index]).toBeCloseTo(expected, 5);
    });
  });

  it('decays matrices and no biases with AdamW', async () => {
    const settings: OptimizerSettings = { kind: 'adamw', weightDecay: 0.5 };
    const [plain, decayed] = [compiled({ teacher }), compiled({ teacher, optimizer: settings })];
    const zeros = new Float32Array(plain.start.length);
    const [without] = await runAll(plain.model, [feedsOf(plain, adam, plain.start, zeros)]);
    const [with_] = await runAll(decayed.model, [feedsOf(decayed, settings, decayed.start, zeros)]);
    for (const { name, offset, elements } of plain.layout.parameters) {
      for (let index = offset; index < offset + elements; index++) {
        const shrunk = name === 'step/weights' ? 0 : 0.1 * 0.5 * plain.start[index]!;
        const before = without![plain.weights.output]![index]!;
        expect(with_![decayed.weights.output]![index]).toBeCloseTo(before - shrunk, 5);
      }
    }
  });

  it('moves small weights in proportion to their size', async () => {
    const { graph: main, ...rest } = net(4);
    const initializers = main!.initializers.map((tensor) =>
      tensor.name === 'w' ? floatTensor('w', [5, 4], new Float32Array(20).fill(1e-3)) : tensor,
    );
    const step = compiled({ student: forwardOf({ ...rest, graph: { ...main!, initializers } }), teacher });
    const [outputs] = await runAll(step.model, [feedsOf(step, adam, step.start, new Float32Array(step.start.length))]);
    const moves = outputs![step.weights.output]!.map((value, index) => Math.abs(value - step.start[index]!));
    const largest = ['w', 'v'].map((name) => {
      const { offset, elements } = step.layout.parameters.find((parameter) => parameter.name === name)!;
      return Math.max(...moves.subarray(offset, offset + elements));
    });
    // Adam's first step is the same for every weight, whatever its gradient.
    expect(largest[0]! / largest[1]!).toBeCloseTo(1e-3 / 0.1, 3);
  });

  it('leaves zeros of matrices alone, and trains biases and new weights that are zero', async () => {
    const sparse = net(4);
    const initializers = sparse.graph!.initializers.map(({ name = '', dims }) => {
      const values = draw(dims.reduce((product, size) => product * Number(size), 1));
      if (name === 'w') values.fill(0, 0, 10);
      if (name !== 'w') values.fill(0);
      return floatTensor(name, dims.map(Number), values);
    });
    const student = forwardOf({ ...sparse, graph: { ...sparse.graph!, initializers } });
    const step = compiled({ student, teacher, keepsZeros: true });
    const zeros = new Float32Array(step.start.length);
    const [outputs] = await runAll(step.model, [feedsOf(step, adam, step.start, zeros)]);
    const [v, , w] = step.layout.parameters.map(({ offset, elements }) =>
      outputs![step.weights.output]!.slice(offset, offset + elements),
    );
    expect([...w!.slice(0, 10)]).toEqual(Array.from({ length: 10 }, () => 0));
    expect(v!.some((value) => value !== 0)).toBe(true);
  });
});

/** Computes the activations of the net's first layer for the pictures. */
function hiddenOf(valuesNamed: (name: string) => Float32Array, hidden: number): Float32Array {
  const [w, bias] = [valuesNamed('w'), valuesNamed('step/weights')];
  return Float32Array.from({ length: batch * hidden }, (_, at) => {
    const [row, unit] = [Math.floor(at / hidden), at % hidden];
    let sum = bias[unit]!;
    for (let input = 0; input < 5; input++) sum += pictures.data[row * 5 + input]! * w[input * hidden + unit]!;
    return Math.max(0, sum);
  });
}

describe('the losses of a step', () => {
  const teacher = forwardOf(net(6));
  const losses: readonly { readonly name: string; readonly loss: LossSettings }[] = [
    { name: 'difference to the teacher', loss: { kind: 'teacher' } },
    { name: 'cross-entropy', loss: { kind: 'labels', labels: 'classes' } },
    { name: 'difference to numbers', loss: { kind: 'labels', labels: 'values' } },
    { name: 'both', loss: { kind: 'both', labels: 'classes', alpha: 0.3, temperature: 3 } },
  ];

  it.each(losses)('$name: gradients fit differences of the loss', async ({ loss }) => {
    const step = compiled({ teacher, loss });
    const gradient = await gradientOf(step);
    const raw = draw(gradient.length);
    const scale = 1 / Math.hypot(...raw);
    const width = 1e-2;
    const moved = [width, -width].map((by) => step.start.map((value, index) => value + by * scale * raw[index]!));
    const { evaluation } = step;
    const [up, down] = await runAll(
      evaluation.model,
      moved.map((weights) => ({
        x: pictures,
        ...(evaluation.labels && { [evaluation.labels]: labels }),
        [evaluation.weights]: vector(weights),
      })),
    );
    const measured = (up![evaluation.loss]![0]! - down![evaluation.loss]![0]!) / (2 * width);
    const analytic = gradient.reduce((sum, value, index) => sum + value * scale * raw[index]!, 0);
    expect(Math.abs(measured - analytic)).toBeLessThanOrEqual(
      1e-2 * (Math.abs(analytic) + 0.1 * Math.hypot(...gradient)),
    );
  });

  it('draws values inside to those of the teacher’s channels that they follow', async () => {
    const other = net(6);
    const target = { name: 'a1', channelAxis: 1, channels: [5, 0, 2, 3], weight: 0.7 };
    const following = compiled({ teacher: forwardOf(other), features: [target] });
    expect(following.evaluation).toMatchObject({ answers: 'teacher/y', answersShape: [batch, classes] });
    const wanted = hiddenOf((name) => readFloat32(other.graph!.initializers.find((each) => each.name === name)!), 6);
    const error = (weights: Float32Array): number => {
      const values = (name: string): Float32Array =>
        valuesOf(
          following.layout.parameters.find((each) => each.name === name)!,
          weights,
        );
      const squares = hiddenOf(values, 4).map((value, at) => {
        const row = Math.floor(at / 4);
        return (value - wanted[row * 6 + target.channels[at % 4]!]!) ** 2;
      });
      return (target.weight * squares.reduce((sum, square) => sum + square, 0)) / squares.length;
    };
    const alone = await gradientOf(compiled({ teacher: forwardOf(other) }));
    const gradient = (await gradientOf(following)).map((value, index) => value - alone[index]!);
    for (const [index, value] of gradient.entries()) {
      const [up, down] = [0.01, -0.01].map((by) =>
        error(following.start.map((own, at) => own + (at === index ? by : 0))),
      );
      expect(Math.abs((up! - down!) / 0.02 - value)).toBeLessThan(2e-3);
    }
    expect(Math.hypot(...gradient)).toBeGreaterThan(0.05);
  });

  it('is zero for a student that is its teacher', async () => {
    const gradient = await gradientOf(compiled({ teacher: usual }));
    expect(gradient.every((value) => value === 0)).toBe(true);
  });
});

describe('fake quantization', () => {
  it('passes gradients straight through inside the grid and gives scales the LSQ gradients', async () => {
    const teacher = forwardOf(net(6));
    const plain = net(4);
    const weight = plain.graph!.initializers.find(({ name }) => name === 'w')!;
    const scales = Float32Array.of(0.2, 0.1, 0.3, 0.15);
    const grid = { scales, axis: 1, low: -4, high: 3 };
    const { forward, scaleNames } = withFakeQuantization(forwardOf(plain), {
      activations: new Map(),
      weights: new Map([['w', grid]]),
      layers: new Set(['loss']),
    });
    const values = readFloat32(weight);
    const codes = values.map((value, index) => codeOf(value, scales[index % 4]!, grid.low, grid.high));
    const rounded = codes.map((code, index) => code * scales[index % 4]!);
    const initializers = plain.graph!.initializers.map((tensor) =>
      tensor === weight ? floatTensor('w', [5, 4], rounded) : tensor,
    );
    const steps = [
      compiled({ student: forward, teacher }),
      compiled({ student: forwardOf({ ...plain, graph: { ...plain.graph!, initializers } }), teacher }),
    ] as const;
    const of = (step: StepGraph, gradient: Float32Array, name: string): Float32Array => {
      const { offset, elements } = step.layout.parameters.find((parameter) => parameter.name === name)!;
      return gradient.subarray(offset, offset + elements);
    };
    const [gradient, reference] = [await gradientOf(steps[0]), await gradientOf(steps[1])];
    const g = of(steps[1], reference, 'w');
    const isInside = values.map((value, index) => {
      const free = Math.floor(value / scales[index % 4]! + 0.5);
      return free >= grid.low && free <= grid.high ? 1 : 0;
    });
    expect(new Set(isInside).size).toBe(2);
    of(steps[0], gradient, 'w').forEach((value, index) => expect(value).toBeCloseTo(isInside[index]! * g[index]!, 5));
    of(steps[0], gradient, scaleNames.get('w')!).forEach((value, channel) => {
      const expected = g.reduce((sum, each, index) => {
        if (index % 4 !== channel) return sum;
        return sum + each * (codes[index]! - (isInside[index]! * values[index]!) / scales[channel]!);
      }, 0);
      expect(value).toBeCloseTo(expected, 4);
    });
  });
});

describe('a node without a gradient', () => {
  const teacher = forwardOf(net(6));

  it('trains the layers behind the node and names the node', () => {
    const step = compiled({ student: forwardOf(net(4, ['Relu', 'Softsign'])), teacher });
    expect(step.layout.parameters.map(({ name }) => name)).toEqual(['v']);
    expect(step.stoppedAt).toEqual([
      { path: 'graph/Softsign_2', op: 'Softsign', reason: 'Pareto has no gradient for Softsign.' },
    ]);
  });

  it('names nodes with weights that no rule trains', () => {
    const { graph: main, ...rest } = net(4);
    const remainder = node('Mod', ['x', 'e'], ['z'], { fmod: 1n });
    const nodes = [remainder, ...main!.nodes].map((each) =>
      each.outputs[0] === 'loss' ? { ...each, inputs: ['z', ...each.inputs.slice(1)] } : each,
    );
    const initializers = [...main!.initializers, floatTensor('e', [1, 5], draw(5))];
    const step = compiled({ student: forwardOf({ ...rest, graph: { ...main!, nodes, initializers } }), teacher });
    expect(step.layout.elements).toBe(usualElements);
    expect(step.stoppedAt.map(({ path, op }) => [path, op])).toEqual([['graph/Mod_0', 'Mod']]);
  });

  it('refuses a model of which nothing can be trained', () => {
    const { graph: main, ...rest } = net(4);
    const nodes = [...main!.nodes.slice(0, 3), node('Softsign', ['teacher/y'], ['y'])];
    const student = forwardOf({ ...rest, graph: { ...main!, nodes } });
    const step = compileStep({ student, teacher, loss: { kind: 'teacher' }, optimizer: adam, averages: false });
    expect(step).toEqual({ path: 'graph/Softsign_3', op: 'Softsign', reason: 'Pareto has no gradient for Softsign.' });
  });
});
