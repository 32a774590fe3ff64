import { expect, it } from 'vitest';
import { channelGroups } from '../../coupling/channel-groups';
import { coupleChannels } from '../../coupling/couple-channels';
import { inferModel } from '../../infer';
import { floatTensor, graph, model, node, valueInfo } from '../../testing/build';

it('locks channels whose size is the first that a shape gives, and leaves axes before it alone', () => {
  const original = model(
    graph({
      nodes: [
        node('Conv', ['x', 'w0'], ['a'], {}, { name: 'a' }),
        // Three sizes for four axes: the first is that of the channels.
        node('Expand', ['a', 'target'], ['wide'], {}, { name: 'wide' }),
        node('Conv', ['wide', 'w1'], ['y'], {}, { name: 'y' }),
      ],
      initializers: [
        floatTensor('w0', [8, 3, 1, 1], new Float32Array(24)),
        floatTensor('w1', [2, 8, 1, 1], new Float32Array(16)),
      ],
      inputs: [valueInfo('x', ['N', 3, 8, 8]), valueInfo('target', [3], 7)],
      valueInfos: [valueInfo('wide', ['N', 8, 8, 8])],
      outputs: [valueInfo('y', null)],
    }),
  );
  const { groups, locked } = channelGroups(coupleChannels(original, inferModel(original)));
  expect(groups).toEqual([]);
  expect(locked.find(({ path }) => path === 'graph/a')?.lock).toEqual({
    path: 'graph/wide',
    reason: 'Its size comes from a shape computation.',
  });
});

it('locks channels if the number of sizes in a shape is unknown', () => {
  const original = model(
    graph({
      nodes: [
        node('Conv', ['x', 'w0'], ['a'], {}, { name: 'a' }),
        node('Reshape', ['a', 'target'], ['apart']),
        node('Conv', ['apart', 'w1'], ['y'], {}, { name: 'y' }),
      ],
      initializers: [
        floatTensor('w0', [8, 3, 1, 1], new Float32Array(24)),
        floatTensor('w1', [2, 8, 1, 1], new Float32Array(16)),
      ],
      inputs: [valueInfo('x', ['N', 3, 8, 8]), valueInfo('target', ['sizes'], 7)],
      valueInfos: [valueInfo('apart', ['N', 8, 4, 16])],
      outputs: [valueInfo('y', null)],
    }),
  );
  const { groups, locked } = channelGroups(coupleChannels(original, inferModel(original)));
  expect(groups).toEqual([]);
  expect(locked.find(({ path }) => path === 'graph/a')).toMatchObject({
    channels: 8,
    lock: { path: 'graph/Reshape_1', reason: 'Its size comes from a shape computation.' },
  });
});
