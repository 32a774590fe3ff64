import { afterEach, expect, it } from 'vitest';
import { originalOf } from '../../testing/work-fixtures';
import { undo } from '../workspace/history';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';
import { setTakesPart, takesPart } from './leave-out';

afterEach(endWork);

it('keeps a node out of the passes that can leave nodes out, as one undo step, and takes it in again', () => {
  beginWork(originalOf('a.onnx'));
  const step = (pass: string) => ({ pass, enabled: true, options: {} });
  const setSteps = (...passes: string[]) =>
    workspaceStore.setState(({ recipe }) => ({ recipe: { ...recipe, steps: passes.map(step) } }));
  const state = () => workspaceStore.getState();
  setSteps('simplify');
  expect(takesPart(state(), 'conv')).toBeNull();
  setSteps('simplify', 'quantize-weights');
  expect(takesPart(state(), 'conv')).toBe(true);
  setTakesPart('conv', false);
  expect(state().recipe.steps.map(({ options }) => options)).toEqual([{}, { exclude: ['conv'] }]);
  expect(takesPart(state(), 'conv')).toBe(false);
  setTakesPart('conv', true);
  expect(takesPart(state(), 'conv')).toBe(true);
  undo();
  expect(takesPart(state(), 'conv')).toBe(false);
});
