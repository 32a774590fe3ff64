import { expect, it } from 'vitest';
import { mappingWithTask } from './mapping-with-task';
import type { DataMapping } from './mapping';

const mapping: DataMapping = { inputs: { x: { array: 'x' } }, labels: { array: 'labels' } };
const evaluated = { task: { kind: 'binary', output: 'y', threshold: 0 } } as const;

it('names the task that was found', () => {
  expect(mappingWithTask(mapping, evaluated)).toEqual({ ...mapping, task: evaluated.task });
});

it('is the mapping itself if it names a task, or if nothing was evaluated', () => {
  const chosen: DataMapping = { ...mapping, task: { kind: 'match' } };
  expect(mappingWithTask(chosen, evaluated)).toBe(chosen);
  expect(mappingWithTask(mapping, null)).toBe(mapping);
});
