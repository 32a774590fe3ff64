import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { BoxMatches, type TrueBoxes } from './average-precision';
import type { FoundBoxes } from './decode-boxes';

interface Golden {
  readonly pictures: number;
  /** Picture, class, x, y, width, height, crowd. */
  readonly true: readonly (readonly number[])[];
  /** Picture, class, x, y, width, height, score. */
  readonly found: readonly (readonly number[])[];
  readonly map: number;
  readonly map50: number;
}

const golden = JSON.parse(readFileSync('src/engine/metrics/detection/fixtures/coco.json', 'utf8')) as Golden;

const cornersOf = (rows: readonly (readonly number[])[]): Float64Array =>
  Float64Array.from(rows.flatMap(([, , x, y, w, h]) => [x!, y!, x! + w!, y! + h!]));
const classesOf = (rows: readonly (readonly number[])[]): Int32Array => Int32Array.from(rows, ([, own]) => own!);

function truthOf(rows: readonly (readonly number[])[]): TrueBoxes {
  const crowds = Uint8Array.from(rows, (row) => row[6]!);
  return { corners: cornersOf(rows), classes: classesOf(rows), ignored: crowds, crowds };
}

function foundOf(rows: readonly (readonly number[])[]): FoundBoxes {
  return { corners: cornersOf(rows), classes: classesOf(rows), scores: Float64Array.from(rows, (row) => row[6]!) };
}

function matched(found: (picture: number) => readonly (readonly number[])[]): BoxMatches {
  const matches = new BoxMatches();
  for (let picture = 0; picture < golden.pictures; picture++) {
    matches.add(foundOf(found(picture)), truthOf(golden.true.filter(([own]) => own === picture)));
  }
  return matches;
}

const foundIn = (picture: number) => golden.found.filter(([own]) => own === picture);

// From tools/golden/detections.py.
it('has the mAP of pycocotools', () => {
  const matches = matched(foundIn);
  for (const metric of ['map', 'map50'] as const) {
    const { value, interval } = matches.estimate(metric);
    expect(value).toBeCloseTo(golden[metric], 9);
    expect(interval[0]).toBeLessThan(value);
    expect(interval[1]).toBeGreaterThan(value);
    expect(interval[1] - interval[0]).toBeLessThan(0.5);
  }
});

it('pairs the pictures of two models: half the boxes are a certain loss, equal boxes none', () => {
  const original = matched(foundIn);
  const same = original.difference(matched(foundIn), 'map');
  expect(same).toEqual({ metric: 'map', value: 0, interval: [0, 0] });
  const half = original.difference(
    matched((picture) => foundIn(picture).filter((_, index) => index % 2 === 1)),
    'map',
  );
  expect(half.value).toBeLessThan(0);
  expect(half.interval[1]).toBeLessThan(0);
});

it('is 0 if nothing is found, and not a number if nothing is to be found', () => {
  expect(matched(() => []).estimate('map')).toEqual({ value: 0, interval: [0, 0] });
  const nothing = new BoxMatches();
  nothing.add(foundOf(foundIn(0)), truthOf([]));
  expect(nothing.hasTrueBoxes).toBe(false);
  expect(nothing.estimate('map').value).toBeNaN();
});

it('takes 1 for the found boxes if they are the true ones, and any scale of the axes', () => {
  const rows = golden.true.filter((row) => row[6] === 0).map((row) => [...row.slice(0, 6), 0]);
  const squeezed = (row: readonly number[]) => [
    row[0]!,
    row[1]!,
    row[2]! / 640,
    row[3]! / 48,
    row[4]! / 640,
    row[5]! / 48,
  ];
  const matches = new BoxMatches();
  for (let picture = 0; picture < golden.pictures; picture++) {
    const own = rows.filter(([of]) => of === picture).map((row) => [...squeezed(row), 0]);
    matches.add(foundOf(own.map((row) => [...row.slice(0, 6), 0.9])), truthOf(own));
  }
  expect(matches.estimate('map').value).toBeCloseTo(1, 12);
});
