import { expect, it } from 'vitest';
import { channelGroups } from '../../coupling/channel-groups';
import { coupleChannels } from '../../coupling/couple-channels';
import { inferModel } from '../../infer';
import { floatTensor, graph, model, node, valueInfo } from '../../testing/build';

it.each([
  ['kept', 1n, [0n, 2n, 1n]],
  ['left out', 0n, [0n, 1n]],
])('leaves channels free that lie behind an axis of ArgMax that is %s', (_, keepdims, perm) => {
  const [opType, weight] = perm.length === 3 ? ['Conv', 'w1'] : ['MatMul', 'w2'];
  const head = node(opType!, ['turned', weight!], ['y'], {}, { name: 'y' });
  const original = model(
    graph({
      nodes: [
        node('MatMul', ['x', 'w0'], ['a'], {}, { name: 'a' }),
        node('ArgMax', ['a'], ['place'], { axis: 1n, keepdims }),
        node('Cast', ['place'], ['number'], { to: 1n }),
        node('Transpose', ['number'], ['turned'], { perm }),
        head,
      ],
      initializers: [
        floatTensor('w0', [3, 8], new Float32Array(24)),
        floatTensor('w1', [2, 8, 1], new Float32Array(16)),
        floatTensor('w2', [8, 2], new Float32Array(16)),
      ],
      inputs: [valueInfo('x', ['N', 4, 3])],
      outputs: [valueInfo('y', null)],
    }),
  );
  const { groups, locked } = channelGroups(coupleChannels(original, inferModel(original)));
  expect(locked.filter(({ path }) => path === 'graph/a')).toEqual([]);
  expect(groups).toHaveLength(1);
  expect(groups[0]!.units).toHaveLength(8);
  expect(groups[0]!.layers.map(({ path }) => path)).toEqual(['graph/a', 'graph/y']);
});
