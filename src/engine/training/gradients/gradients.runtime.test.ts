/**
 * Compares every gradient rule with finite differences through ONNX Runtime: the directional derivative along random
 * directions, by central differences. The best of several widths counts, because float32 loses digits in narrow ones
 * and curvature matters in wide ones.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkModel } from '../../onnx/check';
import { encodeModel, joinParts } from '../../onnx/codec/encode';
import type { Model } from '../../onnx/graph';
import { node } from '../../onnx/testing/build';
import { createSeededRandom } from '../../seeded-random';
import { needsLowering, whyNotLowered } from '../lower-forward';
import { operatorsWithGradient } from './registry';
import { one } from '../testing/gradient-case';
import { gradientCases } from '../testing/gradient-cases';
import { gradientProbe, type GradientProbe } from '../testing/gradient-probe';
import { loadOrtInNode } from '../../../runtime/node/ort';

const widths = [2e-2, 5e-3, 1e-3];
const directions = 2;

type Run = (values: readonly Float32Array[]) => Promise<ReadonlyMap<string, Float32Array>>;

async function open(
  { inputs }: GradientProbe,
  model: Model,
): Promise<{ readonly run: Run; readonly close: () => Promise<void> }> {
  const ort = await loadOrtInNode(1);
  const bytes = joinParts(encodeModel(model));
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  return {
    async run(values) {
      const feeds = inputs.map(({ name, shape }, index) => [name, new ort.Tensor('float32', values[index]!, shape)]);
      const results = await session.run(Object.fromEntries(feeds) as never);
      return new Map(Object.entries(results).map(([name, tensor]) => [name, tensor.data as Float32Array]));
    },
    close: () => session.release(),
  };
}

const length = (vector: Float32Array): number => Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0));

describe('lowerForward', () => {
  const cases = gradientCases.filter(({ nodes }) => nodes.some(needsLowering));

  it.each(cases)('computes the outputs of $name', async (each) => {
    const probe = gradientProbe(each);
    const start = probe.inputs.map(({ values }) => values);
    const [original, step] = [await open(probe, probe.original), await open(probe, probe.model)];
    const y = (await original.run(start)).get('y')!;
    const loss = y.reduce((sum, value, index) => sum + value * probe.weights[index]!, 0);
    expect((await step.run(start)).get(probe.loss)![0]!).toBeCloseTo(loss, 4);
    await Promise.all([original.close(), step.close()]);
  });

  it.each([
    ['it clips its gates', { clip: 3 }],
    ['its batch stands first (layout 1)', { layout: 1n }],
    ['it uses the activation Softsign', { activations: ['Softsign', 'Tanh', 'Tanh'] }],
    ['it has 600 steps, and at most 512 can be trained', {}],
  ])('names the reason: %s', (reason, attributes) => {
    const shapes = new Map([
      ['x', [reason.includes('600') ? 600 : 4, 2, 3]],
      ['w', [1, 20, 3]],
      ['r', [1, 20, 5]],
    ]);
    const lstm = node('LSTM', ['x', 'w', 'r'], ['y'], { hidden_size: 5n, ...attributes });
    expect(whyNotLowered(lstm, (name) => shapes.get(name))).toBe(reason);
  });

  it.each([
    ['it continues a cache', ['q', 'k', 'v', '', 'p', 'p'], {}],
    ['it caps its scores', ['q', 'k', 'v'], { softcap: 30 }],
    ['its mask has another length than its keys', ['q', 'k', 'v', 'm'], {}],
  ] as const)('names the reason at attention: %s', (reason, inputs, attributes) => {
    const shapes = new Map([...'qkvp'].map((name) => [name, [1, 2, 5, 4]]));
    shapes.set('m', [5, 3]);
    expect(whyNotLowered(node('Attention', inputs, ['y'], attributes), (name) => shapes.get(name))).toBe(reason);
  });
});

describe('gradient rules', () => {
  it('each have a case', () => {
    const inCases = new Set(gradientCases.flatMap(({ nodes }) => nodes.map(({ opType }) => opType)));
    expect(operatorsWithGradient.filter((opType) => !inCases.has(opType))).toEqual([]);
  });

  it.each(gradientCases)('$name', async (each) => {
    const probe = gradientProbe(each);
    expect(checkModel(probe.model)).toEqual([]);
    const { run, close } = await open(probe, probe.model);
    const start = probe.inputs.map(({ values }) => values);
    const outputs = await run(start);
    const gradients = probe.gradients.map((name) => outputs.get(name)!);
    const random = createSeededRandom(11);
    for (const [input, gradient] of gradients.entries()) {
      expect(gradient.length).toBe(start[input]!.length);
      for (let count = 0; count < directions; count++) {
        const raw = Float32Array.from(gradient, () => random.next() - 0.5);
        const scale = 1 / length(raw);
        const direction = raw.map((value) => value * scale);
        const analytic = gradient.reduce((sum, value, index) => sum + value * direction[index]!, 0);
        const at = async (width: number): Promise<number> => {
          const moved = start.map((values, other) =>
            other === input ? values.map((value, index) => value + width * direction[index]!) : values,
          );
          return (await run(moved)).get(probe.loss)![0]!;
        };
        let best = Infinity;
        for (const width of widths) {
          best = Math.min(best, Math.abs(((await at(width)) - (await at(-width))) / (2 * width) - analytic));
        }
        expect(best).toBeLessThanOrEqual(1e-2 * (Math.abs(analytic) + 0.1 * length(gradient)));
      }
    }
    await close();
  });
});

interface OfPyTorch {
  readonly name: string;
  readonly opType: string;
  readonly opset: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly shapes: readonly (readonly number[])[];
  readonly inputs: readonly (readonly number[])[];
  readonly factors: readonly number[];
  readonly gradients: readonly (readonly number[])[];
}

/** `tools/golden/make-gradients.py` wrote them. */
const ofPyTorch = JSON.parse(
  readFileSync(new URL('../fixtures/pytorch-gradients.json', import.meta.url), 'utf8'),
) as readonly OfPyTorch[];

describe('gradients', () => {
  it.each(ofPyTorch)('equal those of PyTorch: $name', async ({ name, opType, opset, attributes, shapes, ...known }) => {
    const asAttribute = (value: unknown) =>
      typeof value === 'number' ? BigInt(value) : Array.isArray(value) ? value.map(BigInt) : (value as string);
    const own = Object.fromEntries(Object.entries(attributes).map(([key, value]) => [key, asAttribute(value)]));
    const probe = gradientProbe({ ...one(name, opType, shapes, own), opset, given: known });
    const { run, close } = await open(probe, probe.model);
    const outputs = await run(probe.inputs.map(({ values }) => values));
    for (const [input, wanted] of known.gradients.entries()) {
      const gradient = outputs.get(probe.gradients[input]!)!;
      const error = length(gradient.map((value, at) => value - wanted[at]!));
      expect(gradient.length).toBe(wanted.length);
      expect(error).toBeLessThanOrEqual(1e-5 * length(Float32Array.from(wanted)));
    }
    await close();
  });
});
