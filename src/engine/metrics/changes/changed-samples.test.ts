import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { Feeds, FeedTensor } from '../../data/feeds';
import type { BoxLayout } from '../../data/mapping/mapping';
import type { OutputKind } from '../../data/output-kind';
import { ChangeCollector, type ComparedSample } from './changed-samples';
import { mostChanged, mostOfFilter } from './changed-sample';
import { changedSamplesSchema } from './changed-samples-schema';

const mapping = { inputs: {}, labels: null };

function tensor(data: readonly number[], dims: readonly number[] = [1, data.length]): FeedTensor {
  return { dtype: 'float32', dims, data: Float32Array.from(data) };
}

function collect(
  kind: OutputKind,
  pairs: readonly (readonly [before: FeedTensor, after: FeedTensor])[],
  {
    facts = () => ({}),
    classNames,
  }: { facts?: (index: number) => Partial<ComparedSample>; classNames?: string[] } = {},
) {
  const kinds = { byName: new Map([['y', kind]]) };
  const collector = new ChangeCollector({ mapping, task: { kind: 'match' }, kinds, ...(classNames && { classNames }) });
  pairs.forEach(([before, after], index) =>
    collector.add({ index, place: `sample ${index}`, before: { y: before }, after: { y: after }, ...facts(index) }),
  );
  const result = collector.result();
  // Whatever is collected can be saved and shared.
  if (result !== undefined) expect(v.parse(changedSamplesSchema, structuredClone(result))).toEqual(result);
  return result;
}

describe('ChangeCollector, classes', () => {
  const keeps = [tensor([2, 1, 0]), tensor([2.1, 1, 0])] as const;
  const flips = [tensor([2, 1, 0]), tensor([1, 2, 0])] as const;
  const same = [tensor([0, 0, 3]), tensor([0, 0, 3])] as const;

  it('orders other answers before larger changes of equal answers', () => {
    const nearly = [tensor([1, 1.01, 0]), tensor([1.01, 1, 0])] as const;
    const much = [tensor([9, 0, 0]), tensor([2, 1.9, 1.9])] as const;
    const found = collect('scores', [same, much, nearly, keeps, flips])!;
    expect(found.samples.map(({ index }) => index)).toEqual([4, 2, 1, 3]);
    expect(found).toMatchObject({ compared: 5, changed: 2, byClass: [{ changed: 1 }, { changed: 1 }] });
  });

  it('shows the same classes by name on both sides, with shares', () => {
    const [first] = collect('scores', [flips], { classNames: ['cat', 'dog', 'bird'] })!.samples;
    const classes = (a: number, b: number) => [
      { name: 'cat', share: expect.closeTo(a, 3) },
      { name: 'dog', share: expect.closeTo(b, 3) },
      { name: 'bird', share: expect.closeTo(0.09, 3) },
    ];
    expect(first).toMatchObject({
      before: { kind: 'classes', answer: 'cat', classes: classes(0.665, 0.245) },
      after: { kind: 'classes', answer: 'dog', classes: classes(0.245, 0.665) },
    });
  });

  it('counts gained and lost answers apart', () => {
    const rights = [
      { before: true, after: false },
      { before: false, after: true },
      { before: false, after: false },
    ];
    const found = collect('scores', [flips, flips, flips], { facts: (index) => ({ isRight: rights[index]! }) })!;
    expect(found).toMatchObject({ changed: 3, gained: 1, lost: 1 });
    expect(found.samples.map(({ outcome }) => outcome)).toEqual(['lost', 'gained', undefined]);
  });

  it('keeps a bounded list, with lost and uncertain answers that others would push out', () => {
    const pairs = Array.from({ length: 500 }, (_, index) => {
      const small = index % 50 === 7;
      return [tensor([2, 1, 0]), tensor(small ? [1, 1.0001, 0] : [0, 3 + index / 500, 0])] as const;
    });
    const isLost = { before: true, after: false };
    const found = collect('scores', pairs, { facts: (index) => (index % 50 === 7 ? { isRight: isLost } : {}) })!;
    expect(found.samples.length).toBeLessThanOrEqual(mostChanged + 2 * mostOfFilter);
    expect(found.samples.filter(({ outcome }) => outcome === 'lost')).toHaveLength(mostOfFilter);
    expect(found.compared).toBe(500);
  });

  it('treats scores that are not numbers as no share', () => {
    const [first] = collect('scores', [[tensor([1, 2]), tensor([Number.NaN, Number.NaN])]])!.samples;
    expect(first).toMatchObject({ size: 0.5, isOther: true, after: { classes: [{ share: 0 }, { share: 0 }] } });
  });
});

describe('ChangeCollector, other kinds', () => {
  it('reads one number of a binary task as yes and no', () => {
    const kinds = { byName: new Map<string, OutputKind>([['y', 'regression']]) };
    const collector = new ChangeCollector({ mapping, task: { kind: 'binary', output: 'y', threshold: 0.5 }, kinds });
    const at = (value: number): Feeds => ({ y: tensor([value]) });
    collector.add({ index: 0, place: 'a', before: at(0.9), after: at(0.2) });
    expect(collector.result()).toMatchObject({
      changed: 1,
      samples: [{ before: { answer: '1' }, after: { answer: '0' } }],
    });
  });

  it('pairs boxes and marks those without a counterpart', () => {
    const layout: BoxLayout = {
      output: 'y',
      arrangement: 'rows',
      corners: 'corners',
      unit: 'fractions',
      after: 'class',
      objectness: false,
      scoring: 'as-is',
      background: 'none',
      suppressAbove: null,
    };
    const boxes = (...rows: readonly (readonly number[])[]) => ({ y: tensor(rows.flat(), [1, rows.length, 6]) });
    const kinds = { byName: new Map<string, OutputKind>([['y', 'boxes']]), boxes: layout };
    const collector = new ChangeCollector({ mapping, task: { kind: 'match' }, kinds, classNames: ['face', 'hand'] });
    const kept = [0.1, 0.1, 0.4, 0.4, 0.9, 0];
    const [face, hand] = [
      [0.5, 0.5, 0.9, 0.9, 0.8, 0],
      [0.5, 0.5, 0.9, 0.9, 0.8, 1],
    ];
    collector.add({ index: 3, place: 'a', before: boxes(kept, face!), after: boxes(kept, hand!) });
    collector.add({ index: 4, place: 'b', before: boxes(kept), after: boxes(kept) });
    const found = collector.result()!;
    expect(found).toMatchObject({ compared: 2, changed: 1, samples: [{ index: 3, size: 0.5 }] });
    const single = { name: 'hand', single: true };
    expect(found.samples[0]!.after).toMatchObject({ boxes: [{ name: 'face', single: false }, single] });
  });

  it('draws masks small, by their overlap', () => {
    const side = 96;
    const mask = (right: number) =>
      tensor(
        Array.from({ length: side * side }, (_, index) => (index % side < right ? 1 : 0)),
        [1, 1, side, side],
      );
    const [first] = collect('map', [[mask(48), mask(24)]])!.samples;
    expect(first).toMatchObject({ size: 0.5, before: { kind: 'map', width: 48, height: 48, areClasses: false } });
    expect(first).not.toHaveProperty('isOther');
  });

  it('names the nearest other sample of an embedding', () => {
    const at = (angle: number) => tensor([Math.cos(angle), Math.sin(angle)]);
    const found = collect('embedding', [
      [at(0), at(0)],
      [at(0.1), at(0.9)],
      [at(1), at(1)],
    ])!;
    expect(found.changed).toBe(1);
    expect(found.samples[0]).toMatchObject({
      index: 1,
      before: { kind: 'neighbor', place: 'sample 0' },
      after: { kind: 'neighbor', place: 'sample 2' },
    });
  });

  it('lists the numbers that differ most, and draws long rows as waves', () => {
    const numbers = collect('regression', [[tensor([1, 2, 3]), tensor([1, 2, 4])]])!.samples[0]!;
    expect(numbers.after).toEqual({
      kind: 'numbers',
      numbers: [
        { place: 0, value: 1 },
        { place: 1, value: 2 },
        { place: 2, value: 4 },
      ],
    });
    const wave = Array.from({ length: 4000 }, (_, index) => Math.sin(index));
    const quieter = tensor(wave.map((value) => value / 2));
    const drawn = collect('regression', [[tensor(wave), quieter]])!.samples[0]!;
    expect(drawn).toMatchObject({ size: expect.closeTo(0.5, 6), before: { kind: 'wave' }, after: { kind: 'wave' } });
    const sound = (factor: number) => tensor(Array.from({ length: 8000 }, (_, index) => factor * Math.sin(index)));
    const pairs = [1, 2, 3].map((factor) => [sound(factor), sound(factor / 2)] as const);
    expect(collect('embedding', pairs)!.samples[0]).toMatchObject({ size: 0.5, before: { kind: 'wave' } });
  });

  it('compares texts by the stretch that differs', () => {
    const text = (value: string): FeedTensor => ({ dtype: 'string', dims: [1], data: [value] });
    const [first] = collect('texts', [[text('the cat sat'), text('the car sat')]])!.samples;
    expect(first).toMatchObject({ isOther: true, size: expect.closeTo(1 / 11, 6), after: { text: 'the car sat' } });
  });

  it('has no result if the outputs have other shapes', () => {
    expect(collect('scores', [[tensor([1, 2]), tensor([1, 2, 3])]])).toBeUndefined();
  });
});
