import { describe, expect, it } from 'vitest';
import type { Graph, Model, Tensor } from '../graph';
import { atIrVersion, raiseIrVersion } from './raise-ir-version';
import { floatTensor, graph, model, node, valueInfo } from '../testing/build';

const weights = [floatTensor('w', [4], [1, 2, 3, 4])];
const scaling = (initializers: readonly Tensor[], inputs: readonly string[]) =>
  graph({
    nodes: [node('Mul', ['x', 'w'], ['y'])],
    initializers,
    inputs: inputs.map((name) => valueInfo(name, [4])),
    outputs: [valueInfo('y', [4])],
  });
const old = (main: Graph) => model(main, { irVersion: 3n });

describe('raiseIrVersion', () => {
  it('raises an old file with an initializer that is no input', () => {
    expect(raiseIrVersion(old(scaling(weights, ['x']))).irVersion).toBe(4n);
  });

  it('looks into the graphs inside nodes', () => {
    const branches = { then_branch: scaling(weights, []), else_branch: scaling(weights, []) };
    const inputs = [valueInfo('x', [4]), valueInfo('c', [], 9)];
    const choosing = graph({ nodes: [node('If', ['c'], ['y'], branches)], inputs, outputs: [valueInfo('y', [4])] });
    expect(raiseIrVersion(old(choosing)).irVersion).toBe(4n);
  });

  it('leaves old files that are right, and newer ones', () => {
    const right = old(scaling(weights, ['x', 'w']));
    const newer = model(scaling(weights, ['x']));
    expect(raiseIrVersion(right)).toBe(right);
    expect(raiseIrVersion(newer)).toBe(newer);
  });
});

describe('atIrVersion', () => {
  it('lists only the inputs that callers supply, without the weights an old file had to list', () => {
    const inputsOf = (each: Model) => each.graph!.inputs.map(({ name }) => name);
    expect(inputsOf(atIrVersion(old(scaling(weights, ['x', 'w'])), 8n))).toEqual(['x']);
    // A newer file lists what may be replaced.
    expect(inputsOf(atIrVersion(model(scaling(weights, ['x', 'w'])), 9n))).toEqual(['x', 'w']);
  });
});
