import { expect, it } from 'vitest';
import type { Sensitivity } from './sensitivity';
import { parseSensitivityText } from './sensitivity-schema';

const task = { of: 'answers', drop: 0.01, interval: [0, 0.02], samples: 256 } as const;
const found: Sensitivity = {
  technique: 'quantize-weights',
  bits: 4,
  metric: 'task',
  layers: [
    {
      path: 'graph/conv',
      op: 'Conv',
      local: { sqnrDb: null },
      output: { sqnrDb: 20, kl: 0.01 },
      task,
      accumulated: { sqnrDb: 10, kl: null, task },
    },
  ],
  count: 2,
  baseline: { sqnrDb: 10, kl: null, task },
  samples: 32,
  inputs: 'data',
  isOver: false,
  ms: 12,
};

it('reads written files, and refuses others', () => {
  const written = { ...found, basis: '{}' };
  expect(parseSensitivityText(JSON.stringify(written))).toEqual(written);
  const broken = JSON.stringify({ ...written, layers: [{ path: 'graph/conv' }] });
  expect(() => parseSensitivityText(broken)).toThrow(/^This is not a sensitivity document: layers\.0\.op /);
  expect(() => parseSensitivityText('{')).toThrow('it is not JSON');
});
