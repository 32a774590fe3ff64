import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { originalOf, recipeOf } from '../../testing/work-fixtures';
import { appStore } from '../window/app-store';
import { takeText } from './intake';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';

describe('a recipe that comes in', () => {
  // Every pass comes with the first recipe: no test waits for that.
  beforeAll(() => Promise.all([import('../recipe/recipe-check'), import('../recipe/recipe-actions')]));
  beforeEach(() => {
    endWork();
    appStore.setState({ notices: [] });
    beginWork(originalOf());
  });

  it.each([
    ['an unknown pass', [{ pass: 'from-the-future' }], /There is no pass “from-the-future”/],
    ['an unknown pass that is off', [{ pass: 'from-the-future', enabled: false }], /There is no pass/],
    ['an unknown option', [{ pass: 'prune-weights', options: { nonsense: 1 } }], /nonsense/],
  ])('is refused with %s, and the one at hand stays', async (_, steps, reason) => {
    const before = workspaceStore.getState();
    expect(takeText(JSON.stringify({ version: 1, seed: 0, steps }))).toBe(true);
    await vi.waitFor(() => expect(appStore.getState().notices).toHaveLength(1), 10_000);
    expect(workspaceStore.getState().recipe).toBe(before.recipe);
    expect(workspaceStore.getState().past).toEqual([]);
    const [notice] = appStore.getState().notices;
    expect(notice).toMatchObject({ kind: 'problem' });
    expect(notice?.text).toMatch(/was not applied\./);
    expect(notice?.text).toMatch(reason);
  });

  it('is applied if every pass is known, in any order', async () => {
    endWork();
    const recipe = recipeOf('quantize-dynamic', 'prune-weights');
    takeText(JSON.stringify(recipe));
    await vi.waitFor(() => expect(workspaceStore.getState().recipe).toEqual(recipe), 10_000);
  });

  it('is distinguished from an address, which is explained and not visited, and from other text', () => {
    expect(takeText(' https://example.org/model.onnx ')).toBe(true);
    expect(appStore.getState().notices[0]?.text).toMatch(/opens files, not addresses/);
    expect(takeText('see https://example.org/model.onnx for more')).toBe(false);
  });
});
