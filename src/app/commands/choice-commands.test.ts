import { beforeEach, expect, it } from 'vitest';
import { addVariant } from '../state/recipe/variant-actions';
import { appStore } from '../state/window/app-store';
import { beginWork, endWork, workspaceStore } from '../state/workspace/workspace-store';
import { newVariant, originalOf } from '../testing/work-fixtures';
import { choiceCommands } from './choice-commands';
import { commands } from './command-registry';

beforeEach(() => endWork());

/** Finds a command by its words, like the palette. */
function choose(label: string): void {
  const command = choiceCommands([]).find((candidate) => candidate.label === label);
  expect(command?.isAvailable()).toBe(true);
  command?.perform();
}

const stepsOf = () => workspaceStore.getState().recipe.steps.map(({ pass }) => pass);

it('offers presets and passes once there is a model', () => {
  expect(choiceCommands([]).some((command) => command.isAvailable())).toBe(false);
  beginWork(originalOf());
  choose('Apply float16');
  expect(stepsOf()).toContain('convert-float16');
  choose('Add pass: Fine-tune');
  expect(stepsOf().at(-1)).toBe('fine-tune');
});

it('inserts a pass at a valid position, before quantization that would block it', () => {
  beginWork(originalOf());
  choose('Apply 8-bit weights');
  choose('Add pass: Low-rank factorization');
  expect(stepsOf()).toEqual(['simplify', 'factorize', 'quantize-weights', 'store-float16']);
  choose('Add pass: Prune channels');
  expect(stepsOf()).toEqual(['simplify', 'factorize', 'prune-channels', 'quantize-weights', 'store-float16']);
});

it('offers the variants that are not selected', () => {
  beginWork(originalOf());
  addVariant(newVariant('variant-1'));
  const { variants } = workspaceStore.getState();
  expect(
    choiceCommands([])
      .find(({ id }) => id === 'select:variant-1')
      ?.isAvailable(),
  ).toBe(false);
  choose('Select original');
  expect(workspaceStore.getState().selected).toBe('original');
  choose(`Select ${variants[0]?.name}`);
  expect(workspaceStore.getState().selected).toBe('variant-1');
});

it('goes on with saved work, but not with the one that is open', () => {
  const saved = { savedAt: '2026-11-27T10:00:00Z', sizeBytes: 1, variantCount: 0, cellCount: 0, holdsResults: false };
  const { sha256 } = originalOf().inspection.file;
  appStore.setState({
    recentWork: [
      { ...saved, id: 'other', name: 'other.onnx' },
      { ...saved, id: sha256, name: 'open.onnx' },
    ],
  });
  const offered = () =>
    choiceCommands([]).filter((command) => command.id.startsWith('open-work:') && command.isAvailable());
  expect(offered().map(({ label }) => label)).toEqual([
    'Continue with other.onnx of 27 Nov',
    'Continue with open.onnx of 27 Nov',
  ]);
  beginWork(originalOf());
  expect(offered().map(({ id }) => id)).toEqual(['open-work:other']);
});

it('has ids that no command has', () => {
  beginWork(originalOf());
  addVariant(newVariant('variant-1'));
  const ids = [...commands, ...choiceCommands([])].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});
