import { expect, it } from 'vitest';
import { mappingWithTask } from './mapping-with-task';
import type { DataMapping } from './mapping';

const mapping: DataMapping = { inputs: { x: { array: 'x' } }, labels: { array: 'labels' } };
const judged = { task: { kind: 'binary', output: 'y', threshold: 0 } } as const;

it('names the task that was found', () => {
  expect(mappingWithTask(mapping, judged)).toEqual({ ...mapping, task: judged.task });
});

it('is the mapping itself where it names a task, or where nothing was judged', () => {
  const chosen: DataMapping = { ...mapping, task: { kind: 'match' } };
  expect(mappingWithTask(chosen, judged)).toBe(chosen);
  expect(mappingWithTask(mapping, null)).toBe(mapping);
});
