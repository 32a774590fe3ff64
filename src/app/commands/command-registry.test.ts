import { beforeEach, describe, expect, it } from 'vitest';
import { axisRecord } from '../../engine/profiling/sweep';
import { deviceOf, newVariant, originalOf } from '../testing/work-fixtures';
import { addStep } from '../state/recipe/recipe-actions';
import { addVariant } from '../state/recipe/variant-actions';
import { beginWork, endWork, workspaceStore } from '../state/workspace/workspace-store';
import { commandById, commands } from './command-registry';
import { parseShortcut } from './shortcut';

/** Pairs of shortcuts of which one could never be reached: equal, or one the beginning of the other. */
function conflictingShortcuts(shortcuts: readonly string[]): readonly (readonly [string, string])[] {
  const normal = shortcuts.map((shortcut) => ({
    shortcut,
    text: JSON.stringify(parseShortcut(shortcut)).slice(1, -1),
  }));
  return normal.flatMap((a, index) =>
    normal
      .slice(index + 1)
      .filter((b) => a.text.startsWith(b.text) || b.text.startsWith(a.text))
      .map((b) => [a.shortcut, b.shortcut] as const),
  );
}

describe('the commands', () => {
  beforeEach(() => endWork());

  it('have ids of their own', () => {
    expect(new Set(commands.map((command) => command.id)).size).toBe(commands.length);
  });

  it('have shortcuts that can all be reached', () => {
    const shortcuts = commands.flatMap(({ shortcut }) => (shortcut === undefined ? [] : [shortcut]));
    expect(conflictingShortcuts(shortcuts)).toEqual([]);
    expect(conflictingShortcuts(['Mod+K', 'mod+k', 'G S'])).toHaveLength(1);
    expect(conflictingShortcuts(['G', 'G S', 'Mod+G'])).toHaveLength(1);
  });

  it('take no plain key while a person types', () => {
    const plain = commands.filter(({ whileTyping, shortcut }) => whileTyping === true && !shortcut?.includes('Mod'));
    expect(plain).toEqual([]);
  });

  it.each([
    ['sweep-batches', 'batch'],
    ['sweep-threads', 'threads'],
    ['sweep-optimization', 'optimization'],
    ['sweep-layouts', 'layout'],
  ])('%s needs the provider of its setting alone', (id, axis) => {
    const device = deviceOf();
    beginWork(originalOf());
    const needed = device.providers.filter((without) => {
      const providers = device.providers.filter((each) => each !== without);
      workspaceStore.setState({ device: { ...device, providers } });
      return !commandById(id).isAvailable();
    });
    workspaceStore.setState({ device: null });
    const { ep } = axisRecord(axis);
    expect(needed.map((each) => each.ep)).toEqual(ep === undefined ? [] : [ep]);
  });

  it('need a model, and some a variant', () => {
    expect(commandById('run-recipe').isAvailable()).toBe(false);
    expect(commandById('open-model').isAvailable()).toBe(true);
    beginWork(originalOf());
    expect(commandById('run-recipe').isAvailable()).toBe(false);
    addStep('simplify');
    expect(commandById('run-recipe').isAvailable()).toBe(true);
    expect(commandById('download-variant').isAvailable()).toBe(false);
    addVariant(newVariant('variant-1'));
    expect(commandById('download-variant').isAvailable()).toBe(true);
  });

  it('step through original and variants in a circle', () => {
    beginWork(originalOf());
    addVariant(newVariant('variant-1'));
    commandById('next-variant').perform();
    expect(workspaceStore.getState().selected).toBe('original');
    commandById('previous-variant').perform();
    expect(workspaceStore.getState().selected).toBe('variant-1');
  });

  it('refuses a button for nothing', () => {
    expect(() => commandById('make-coffee')).toThrow('make-coffee');
  });
});
