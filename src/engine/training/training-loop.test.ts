/** The parts of the loop that need no runtime: schedule, stop rule, held-out samples, changes to pictures. */
import { describe, expect, it } from 'vitest';
import type { LabeledFeeds } from '../data/calibration-data';
import { createSeededRandom } from '../seeded-random';
import { augmentationAt, augmentPictures, pictureLayout } from './augment';
import { learningRateAt } from './schedule';
import { StopRule, stepsBetweenChecks } from './stop-rule';
import { collectSamples, TrainingSamples } from './training-samples';

describe('learningRateAt', () => {
  const schedule = { kind: 'cosine', learningRate: 0.1, steps: 220 } as const;

  it('rises in a line, peaks after the warm-up, is half in the middle and ends at zero', () => {
    expect(learningRateAt(schedule, 1)).toBeCloseTo(0.005, 12);
    expect(learningRateAt(schedule, 20)).toBeCloseTo(0.1, 12);
    expect(learningRateAt(schedule, 120)).toBeCloseTo(0.05, 12);
    expect(learningRateAt(schedule, 220)).toBeCloseTo(0, 12);
    expect(learningRateAt({ ...schedule, kind: 'constant' }, 220)).toBe(0.1);
  });

  it('warms up for a tenth of a short run', () => {
    expect(learningRateAt({ ...schedule, steps: 30 }, 3)).toBeCloseTo(0.1, 12);
  });
});

describe('StopRule', () => {
  it('ends after five checks without a gain, once the learning rate is low', () => {
    const rule = new StopRule(1);
    expect(rule.decide(0.5, false).kind).toBe('go-on');
    for (let check = 0; check < 6; check++) expect(rule.decide(0.499, false).kind).toBe('go-on');
    expect(rule.decide(0.499, true)).toEqual({ kind: 'stop', why: 'no-gain' });
    expect(rule.bestLoss).toBe(0.499);
  });

  it('counts small gains together', () => {
    const rule = new StopRule(1);
    for (let check = 1; check <= 20; check++) expect(rule.decide(1 - check * 0.002, true).kind).toBe('go-on');
  });

  it('restores once if the loss diverges or is not finite, and stops the second time', () => {
    for (const lost of [3.5, NaN, Infinity]) {
      const rule = new StopRule(1);
      expect(rule.decide(lost, false)).toEqual({ kind: 'restore' });
      expect(rule.decide(lost, false)).toEqual({ kind: 'stop', why: 'diverged' });
      expect(rule.bestLoss).toBe(1);
    }
  });

  it('checks twenty times in a long run, and at the end of a short one', () => {
    expect([10, 100, 2000].map(stepsBetweenChecks)).toEqual([10, 25, 100]);
  });
});

const sample = (value: number, width = 2): LabeledFeeds => ({
  feeds: { x: { dtype: 'float32', dims: [1, width], data: new Float32Array(width).fill(value) } },
  label: Float64Array.of(value),
});

describe('TrainingSamples', () => {
  const all = Array.from({ length: 40 }, (_, index) => ({ ...sample(index), mayBeHeldOut: index % 4 === 3 }));
  const first = ({ feeds }: { readonly feeds: LabeledFeeds['feeds'] }): number[] => {
    const { data, dims } = feeds['x']!;
    return Array.from({ length: dims[0]! }, (_, row) => Number(data[row * dims[1]!]));
  };

  it('holds out whole batches of those that may be, and never trains with them', () => {
    const samples = new TrainingSamples(all, 4, { x: 0 }, createSeededRandom(1));
    const held = samples.heldOut.flatMap(first);
    expect(held).toHaveLength(8);
    expect(held.every((value) => value % 4 === 3)).toBe(true);
    expect(samples.trainingSamples).toHaveLength(32);
    const seen = Array.from({ length: 8 }, () => first(samples.next())).flat();
    expect(new Set([...held, ...seen]).size).toBe(40);
  });

  it('keeps labels beside their samples, and gives the same batches for the same seed', () => {
    const batches = [3, 3, 4].map((seed) => new TrainingSamples(all, 8, { x: 0 }, createSeededRandom(seed)).next());
    expect(batches[0]!.labels.map((label) => label![0])).toEqual(first(batches[0]!));
    expect(first(batches[1]!)).toEqual(first(batches[0]!));
    expect(first(batches[2]!)).not.toEqual(first(batches[0]!));
  });

  it('yields single samples in separate memory if inputs have no batch axis', () => {
    const samples = new TrainingSamples(all, 8, {}, createSeededRandom(1));
    const batch = samples.next();
    expect(samples.batch).toBe(1);
    (batch.feeds['x']!.data as Float32Array).fill(-1);
    expect(all.flatMap(first)).not.toContain(-1);
  });

  it('leaves out samples of another shape than the first', async () => {
    async function* mixed() {
      yield* [sample(1), sample(2, 3), sample(3)];
    }
    expect(await collectSamples(mixed())).toEqual({
      samples: [
        { ...sample(1), mayBeHeldOut: false },
        { ...sample(3), mayBeHeldOut: false },
      ],
      leftOut: 1,
    });
  });

  it('cuts texts to the length that keeps the most tokens, and leaves out shorter ones', async () => {
    const tokens = (...ids: number[]) => ({
      feeds: {
        x: { dtype: 'int32', dims: [1, ids.length], data: Int32Array.from(ids), filling: { value: 0, isLeft: false } },
      },
    });
    async function* texts() {
      yield* [tokens(1, 2, 3), tokens(4, 5), tokens(6, 7, 8), tokens(1, 2, 3, 4)];
    }
    const { samples, leftOut } = await collectSamples(texts());
    expect([samples.map(({ feeds }) => [...(feeds.x!.data as Int32Array)]), leftOut]).toEqual([
      [
        [1, 2, 3],
        [6, 7, 8],
        [1, 2, 3],
      ],
      1,
    ]);
    expect(samples.map(({ feeds }) => feeds.x!.dims)).toEqual([
      [1, 3],
      [1, 3],
      [1, 3],
    ]);
  });
});

describe('augmentPictures', () => {
  const picture = (channelsLast: boolean) => {
    const dims = channelsLast ? [4, 16, 16, 3] : [4, 3, 16, 16];
    const random = createSeededRandom(2);
    const data = Float32Array.from({ length: 4 * 3 * 256 }, () => random.next());
    return { dtype: 'float32', dims, data };
  };

  it('knows pictures by their channels', () => {
    expect(pictureLayout([8, 3, 32, 24])).toEqual({ channels: 3, height: 32, width: 24, channelsLast: false });
    expect(pictureLayout([8, 32, 24, 1])).toEqual({ channels: 1, height: 32, width: 24, channelsLast: true });
    expect(pictureLayout([8, 7, 32, 24])).toBeUndefined();
    expect(pictureLayout([8, 3, 32])).toBeUndefined();
  });

  it('moves the same pixels in every layout', () => {
    const [first, last] = [picture(false), picture(true)];
    for (let at = 0; at < 4; at++) {
      for (let channel = 0; channel < 3; channel++) {
        for (let pixel = 0; pixel < 256; pixel++) {
          last.data[at * 768 + pixel * 3 + channel] = first.data[at * 768 + channel * 256 + pixel]!;
        }
      }
    }
    for (const tensor of [first, last]) {
      augmentPictures(tensor, pictureLayout(tensor.dims)!, 'flip-shift-mix', createSeededRandom(9));
    }
    expect(last.data[5 * 3 + 2]).toBe(first.data[2 * 256 + 5]);
    expect(last.data.toSorted()).toEqual(first.data.toSorted());
  });

  it('only moves pixels without mixing, and changes none with augmentation off', () => {
    const [still, moved] = [picture(false), picture(false)];
    augmentPictures(still, pictureLayout(still.dims)!, 'none', createSeededRandom(9));
    expect(still.data).toEqual(picture(false).data);
    const mixtures = augmentPictures(moved, pictureLayout(moved.dims)!, 'flip-shift', createSeededRandom(9));
    expect(mixtures.every(({ share }) => share === 1)).toBe(true);
    const known = new Set(still.data);
    expect(moved.data.every((value) => known.has(value))).toBe(true);
    expect(moved.data).not.toEqual(still.data);
  });

  it('warps mixed pictures within the range of their values', () => {
    const { data, ...rest } = picture(false);
    const one = { ...rest, dims: [1, 3, 16, 16], data: data.slice(0, 768) };
    augmentPictures(one, pictureLayout(one.dims)!, 'flip-shift-mix', createSeededRandom(1));
    const known = new Set(data);
    expect(one.data.filter((value) => known.has(value)).length).toBeLessThan(76);
    const [least, most] = [Math.min(...data.slice(0, 768)), Math.max(...data.slice(0, 768))];
    expect(one.data.every((value) => value >= least && value <= most)).toBe(true);
    const even = { dtype: 'uint8', dims: [2, 16, 16, 1], data: new Uint8Array(512).fill(77) } as const;
    augmentPictures(even, pictureLayout(even.dims)!, 'flip-shift-mix', createSeededRandom(1));
    expect(even.data.every((value) => value >= 76 && value <= 77)).toBe(true);
  });

  it('mixes in all but the last steps', () => {
    const kinds = [1, 85, 86, 100].map((step) => augmentationAt('flip-shift-mix', step, 100));
    expect(kinds).toEqual(['flip-shift-mix', 'flip-shift-mix', 'flip-shift', 'flip-shift']);
    expect(augmentationAt('shift', 100, 100)).toBe('shift');
  });

  it('says the share of each picture that is its own', () => {
    const [plain, mixed] = [picture(false), picture(false)];
    plain.data.forEach((_, index) => (mixed.data[index] = plain.data[index] = Math.floor(index / 768)));
    const mixtures = augmentPictures(mixed, pictureLayout(mixed.dims)!, 'flip-shift-mix', createSeededRandom(3));
    expect(mixtures.some(({ share }) => share < 1)).toBe(true);
    mixtures.forEach(({ other, share }, own) => {
      const mean = mixed.data.slice(own * 768, (own + 1) * 768).reduce((sum, value) => sum + value, 0) / 768;
      expect(mean).toBeCloseTo(share * own + (1 - share) * other, 4);
    });
  });
});
