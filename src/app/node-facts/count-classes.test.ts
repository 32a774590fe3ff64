import { expect, it } from 'vitest';
import { countClasses } from './count-classes';
import type { NodeClass } from './node-classification';

it('counts nodes of each class, in the order of the classes', () => {
  const [first, second, unused]: NodeClass[] = [
    { title: 'first', hue: 'compute' },
    { title: 'second', hue: 'shape' },
    { title: 'unused', hue: 'combine' },
  ];
  const byPath = new Map([
    ['a', second!],
    ['b', first!],
    ['c', second!],
    ['elsewhere', first!],
  ]);
  expect(countClasses(['a', 'b', 'c', 'without'], [first!, second!, unused!], byPath)).toEqual([
    { class: first, count: 1 },
    { class: second, count: 2 },
  ]);
});
