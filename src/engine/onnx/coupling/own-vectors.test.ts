import { describe, expect, it } from 'vitest';
import { checkModel } from '../check';
import type { Model } from '../graph';
import { inferModel } from '../infer';
import { floatTensor, graph, model, node, valueInfo } from '../testing/build';
import { channelGroups } from './channel-groups';
import { coupleChannels } from './couple-channels';
import { withOwnVectors, withSharedVectors } from './own-vectors';
import { removeChannels } from './remove-channels';
import { productOf } from '../../product-of';

const zeros = (name: string, ...dims: number[]) => floatTensor(name, dims, new Float32Array(productOf(dims)));

/** Two layers that have nothing in common but a bias of zeros, which the second may not lose channels of. */
const sharing = (irVersion: bigint): Model =>
  model(
    graph({
      nodes: [
        node('Conv', ['x', 'w0', 'zeros'], ['a'], {}, { name: 'a' }),
        node('Conv', ['a', 'w1'], ['b'], {}, { name: 'b' }),
        node('Conv', ['b', 'w2', 'zeros'], ['y'], {}, { name: 'y' }),
      ],
      initializers: [zeros('w0', 4, 3, 1, 1), zeros('w1', 6, 4, 1, 1), zeros('w2', 4, 6, 1, 1), zeros('zeros', 4)],
      inputs: [valueInfo('x', [1, 3, 8, 8]), ...(irVersion < 4n ? [valueInfo('zeros', [4])] : [])],
      outputs: [valueInfo('y', null)],
    }),
    { irVersion },
  );

const groupsOf = (each: Model) =>
  channelGroups(coupleChannels(each, inferModel(each))).groups.map(({ id, units }) => `${id} ${units.length}`);

describe('withOwnVectors', () => {
  it.each([3n, 8n])('lets layers go their own way that share a vector, in files of version %s', async (irVersion) => {
    const original = sharing(irVersion);
    expect(groupsOf(original)).toEqual(['graph/b 6']);
    const { model: own, copies } = withOwnVectors(original);
    expect(checkModel(own)).toEqual([]);
    expect([...copies]).toEqual([['zeros_1', 'zeros']]);
    expect(groupsOf(own)).toEqual(['graph/a 4', 'graph/b 6']);

    const coupled = coupleChannels(own, inferModel(own));
    const last = channelGroups(coupled).groups[0]!.units.at(-1)!;
    const narrow = withSharedVectors(
      await removeChannels(own, coupled, new Set([last]), () => Promise.resolve()),
      copies,
    );
    expect(checkModel(narrow)).toEqual([]);
    expect(narrow.graph!.nodes.filter(({ opType }) => opType === 'Conv').map(({ inputs }) => inputs[2])).toEqual([
      'zeros',
      undefined,
      'zeros_1',
    ]);
  });

  it('restores sharing for copies that stayed equal', () => {
    const { model: own, copies } = withOwnVectors(sharing(8n));
    expect(withSharedVectors(own, copies).graph).toEqual(sharing(8n).graph);
  });

  it('returns the model unchanged if nothing is shared, and keeps matrices shared', () => {
    const tied = model(
      graph({
        nodes: [node('MatMul', ['x', 'w'], ['a']), node('MatMul', ['a', 'w'], ['y'])],
        initializers: [zeros('w', 4, 4)],
        inputs: [valueInfo('x', [1, 4])],
        outputs: [valueInfo('y', null)],
      }),
    );
    expect(withOwnVectors(tied)).toEqual({ model: tied, copies: new Map() });
  });
});
