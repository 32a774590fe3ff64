/** A small text model with a mask, for tests of padding. */
import { DataType } from '../../onnx/data-type';
import type { Graph } from '../../onnx/graph';
import { floatTensor, int64Tensor, node, valueInfo } from '../../onnx/testing/build';
import { createSeededRandom } from '../../seeded-random';

const random = createSeededRandom(3);

/** Embeddings of tokens, and their mean over the tokens that `mask` keeps, or over all. */
export const textsWithMask = (isMasked: boolean): Partial<Graph> => ({
  nodes: [
    node('Gather', ['table', 'ids'], ['tokens']),
    node('Cast', ['mask'], ['kept'], { to: 1n }),
    node('Unsqueeze', ['kept', 'last'], ['weights']),
    node('Mul', ['tokens', 'weights'], ['own']),
    node('ReduceSum', [isMasked ? 'own' : 'tokens', 'second'], ['sum'], { keepdims: 0n }),
    node('ReduceSum', ['kept', 'second'], ['count'], { keepdims: 1n }),
    node('Div', ['sum', 'count'], ['mean']),
  ],
  initializers: [
    floatTensor(
      'table',
      [64, 4],
      Array.from({ length: 256 }, () => 2 * random.next() - 1),
    ),
    int64Tensor('last', [1], [2n]),
    int64Tensor('second', [1], [1n]),
  ],
  inputs: [
    valueInfo('ids', ['batch', 'length'], DataType.int64),
    valueInfo('mask', ['batch', 'length'], DataType.int64),
  ],
  outputs: [valueInfo('mean', ['batch', 4]), valueInfo('tokens', ['batch', 'length', 4])],
});
