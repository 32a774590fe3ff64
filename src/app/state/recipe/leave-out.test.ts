import { afterEach, expect, it } from 'vitest';
import { originalOf } from '../../testing/work-fixtures';
import { undo } from '../workspace/history';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';
import { sensitivityTechnique } from '../../../engine/search/sensitivity-techniques';
import { bitsOfLayer, isKeptOut, setBitsOfLayer, setKeptOut, setTakesPart, takesPart } from './leave-out';

afterEach(endWork);

it('excludes a node from passes that can leave nodes out, as one undo step, and includes it again', () => {
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

it('excludes costly layers from the steps of one technique, and adds the step if it is missing', () => {
  beginWork(originalOf('a.onnx'));
  const state = () => workspaceStore.getState();
  workspaceStore.setState(({ recipe }) => ({ recipe: { ...recipe, steps: [] } }));
  const [weights, channels] = [sensitivityTechnique('4-bit-weights'), sensitivityTechnique('fewer-channels')];
  expect(isKeptOut(state(), weights, 'conv')).toBe(false);
  setKeptOut(weights, 'conv', true);
  setKeptOut(channels, 'graph/conv', true);
  expect(state().recipe.steps).toEqual([
    { pass: 'prune-channels', enabled: true, options: { remove: 0.3, ratioByGroup: { 'graph/conv': 0 } } },
    { pass: 'quantize-weights', enabled: true, options: { bits: '4', exclude: ['conv'] } },
  ]);
  expect(isKeptOut(state(), channels, 'graph/conv')).toBe(true);
  setKeptOut(channels, 'graph/conv', false);
  expect(isKeptOut(state(), channels, 'graph/conv')).toBe(false);
  expect(isKeptOut(state(), weights, 'conv')).toBe(true);
  undo();
  undo();
  expect(state().recipe.steps.map(({ pass }) => pass)).toEqual(['quantize-weights']);
});

it('sets the bits of one layer in its step, adds that step, and removes an empty one', () => {
  beginWork(originalOf('a.onnx'));
  const state = () => workspaceStore.getState();
  const options = () => state().recipe.steps.map((step) => step.options);
  workspaceStore.setState(({ recipe }) => ({ recipe: { ...recipe, steps: [] } }));
  setBitsOfLayer('conv', '8');
  setBitsOfLayer('fc', '2');
  expect(options()).toEqual([{ include: ['conv', 'fc'], exclude: [], bitsByLayer: { conv: 8, fc: 2 } }]);
  expect([bitsOfLayer(state(), 'conv'), bitsOfLayer(state(), 'other')]).toEqual(['8', 'recipe']);
  setBitsOfLayer('conv', 'recipe');
  setBitsOfLayer('fc', 'recipe');
  expect(state().recipe.steps).toEqual([]);
  const step = { pass: 'quantize-weights', enabled: true, options: { bits: '4' } };
  workspaceStore.setState(({ recipe }) => ({ recipe: { ...recipe, steps: [step] } }));
  setBitsOfLayer('conv', 'float');
  expect(bitsOfLayer(state(), 'conv')).toBe('float');
  setBitsOfLayer('conv', '8');
  expect(options()).toEqual([{ bits: '4', include: [], exclude: [], bitsByLayer: { conv: 8 } }]);
});
