import { expect, it } from 'vitest';
import type { Feeds } from '../../engine/data/feeds';
import type { SkippedSample } from '../../engine/metrics/evaluation';
import { groupSamples, type GroupLimit } from './group-samples';
import type { ReadSample } from './read-samples';

/** A sample with so many floats at each of its steps. */
function sampleOf(name: string, ...floatsOfSteps: readonly number[]): ReadSample {
  const steps = floatsOfSteps.map((count): Feeds => ({
    x: { dtype: 'float32', dims: [1, count], data: new Float32Array(count) },
  }));
  return { fed: [{ index: 0, steps, label: null }], label: null, recorded: {}, place: name };
}

async function groupsOf(samples: readonly (ReadSample | SkippedSample)[], most: GroupLimit) {
  const groups: string[] = [];
  async function* each() {
    yield* samples;
  }
  for await (const { samples: together, skipped } of groupSamples(each(), most)) {
    groups.push([...skipped.map(({ place }) => `(${place})`), ...together.map(({ place }) => place)].join(' '));
  }
  return groups;
}

const three = { samples: 3, bytes: Infinity };

it('fills groups in order, and passes skipped samples with the next', async () => {
  const unread = { place: 'b', reason: 'It ends early.' };
  const samples = [sampleOf('a', 4), unread, sampleOf('c', 4), sampleOf('d', 4), sampleOf('e', 4)];
  expect(await groupsOf(samples, three)).toEqual(['(b) a c d', 'e']);
  expect(await groupsOf([unread], three)).toEqual(['(b)']);
});

it('joins only samples with the same shapes and as many steps', async () => {
  const samples = [sampleOf('a', 4), sampleOf('b', 5), sampleOf('c', 5, 5), sampleOf('d', 5, 5), sampleOf('e', 5, 6)];
  expect(await groupsOf(samples, three)).toEqual(['a', 'b', 'c d', 'e']);
});

it('counts the bytes of all steps, and lets a sample over the limit go alone', async () => {
  const samples = [sampleOf('a', 4, 4), sampleOf('b', 4, 4), sampleOf('c', 4, 4), sampleOf('d', 40, 40)];
  expect(await groupsOf(samples, { samples: 3, bytes: 64 })).toEqual(['a b', 'c', 'd']);
});
