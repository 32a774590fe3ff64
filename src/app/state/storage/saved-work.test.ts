import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import { cellOf, contextOf, dataOf, newVariant, originalOf, sweepOf } from '../../testing/work-fixtures';
import { recordCell, recordSweep } from '../workspace/measurement-actions';
import { chooseCells } from '../benchmark/cell-choice';
import { addVariant } from '../recipe/variant-actions';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';
import { readSavedWork, recentWorkOf, saveableWork } from './saved-work';

describe('saved work', () => {
  beforeEach(() => {
    endWork();
    beginWork(originalOf('net.onnx'), { N: 2 });
    addVariant(newVariant('variant-1'));
    recordCell(cellOf('variant-1', 'wasm'), contextOf({ N: 2 }));
    recordSweep(sweepOf('variant-1'));
    chooseCells({ 'original|webgpu': false });
  });

  it('holds everything that a reload brings back, as plain data', () => {
    const work = saveableWork(workspaceStore.getState(), '2026-01-01T00:00:00.000Z');
    const copy: unknown = structuredClone(work);
    expect(copy).toEqual(work);
    expect(readSavedWork(copy)).toEqual({ work, damaged: [] });
    expect(work).toMatchObject({
      freeDimensions: { N: 2 },
      selected: 'variant-1',
      nextVariantNumber: 1,
      checkedByHand: { 'original|webgpu': false },
    });
    expect(work && recentWorkOf(work)).toMatchObject({
      name: 'net.onnx',
      variantCount: 1,
      cellCount: 1,
      holdsResults: true,
    });
  });

  it('holds data with and without labels', () => {
    for (const labels of [dataOf().mapping.labels, null]) {
      const mapping = { ...dataOf().mapping, labels };
      workspaceStore.setState({ data: { ...dataOf(), mapping, suggestion: { mapping, reasons: [] } } });
      const work = saveableWork(workspaceStore.getState(), '');
      expect(readSavedWork(structuredClone(work))).toEqual({ work, damaged: [] });
      expect(work?.data?.mapping.labels).toEqual(labels);
    }
  });

  it('is nothing without a model', () => {
    endWork();
    expect(saveableWork(workspaceStore.getState(), '')).toBeNull();
  });

  it('of another version or shape is not taken', () => {
    const work = saveableWork(workspaceStore.getState(), '');
    expect(readSavedWork({ ...work, version: 99 })).toBeNull();
    expect(readSavedWork(null)).toBeNull();
    expect(readSavedWork('x')).toBeNull();
  });

  it('of every version that was ever written comes back', () => {
    const { version = 0 } = saveableWork(workspaceStore.getState(), '') ?? {};
    for (let each = 1; each <= version; each += 1) {
      const written = JSON.parse(
        readFileSync(new URL(`./fixtures/saved-work-${each}.json`, import.meta.url), 'utf8'),
      ) as unknown;
      const { work, damaged } = readSavedWork(written)!;
      expect(damaged).toEqual([]);
      expect(recentWorkOf(work)).toMatchObject({ name: 'net.onnx', variantCount: 2, cellCount: 1 });
      expect(work.version).toBe(version);
    }
  });

  it('that is damaged somewhere loses that, and keeps the rest', () => {
    const work = saveableWork(workspaceStore.getState(), '')!;
    const mayBeNothing = [
      'ongoingSearch',
      'ongoingSensitivity',
      'data',
      'ownTokenizer',
      'search',
      'teacher',
      'unfinished',
    ];
    for (const name of Object.keys(work)) {
      const isPart = !['version', 'id', 'savedAt', 'original'].includes(name);
      for (const odd of [mayBeNothing.includes(name) ? 'x' : null, 7n]) {
        const read = readSavedWork({ ...work, [name]: odd });
        if (isPart) expect(read?.damaged).toEqual([name]);
        else expect(read).toBeNull();
      }
    }
    const [variant] = work.variants;
    const { optimization } = variant!;
    const [pass] = optimization.passes;
    const another = { ...variant!, id: 'variant-2' };
    for (const odd of [
      null,
      { ...another, inspection: {} },
      { ...another, optimization: null },
      { ...another, optimization: { ...optimization, passes: null } },
      { ...another, optimization: { ...optimization, passes: [{ ...pass, changes: 'x' }] } },
      { ...another, recipe: { version: 1, seed: 0, steps: [null] } },
    ]) {
      const read = readSavedWork({ ...work, variants: [odd, variant] });
      expect(read).toEqual({ work, damaged: ['variants'] });
    }
    const ofCells = readSavedWork({ ...work, cells: { ...work.cells, a: null, 'original|wasm': {} } });
    expect(ofCells).toEqual({ work, damaged: ['cells'] });
    const ofSweeps = readSavedWork({
      ...work,
      sweeps: { ...work.sweeps, a: { ...sweepOf('variant-1'), points: [1] } },
    });
    expect(ofSweeps).toEqual({ work, damaged: ['sweeps'] });
    for (const part of ['unfinished', 'search', 'teacher', 'data']) {
      expect(readSavedWork({ ...work, [part]: {} })).toEqual({ work, damaged: [part] });
    }
    expect(readSavedWork({ ...work, variants: [] })?.work).toMatchObject({ selected: 'original' });
  });

  it('from before there was some part has none of it', () => {
    const work = saveableWork(workspaceStore.getState(), '')!;
    const { search: _search, evaluations: _evaluations, ...older } = work;
    expect(readSavedWork(older)).toEqual({ work, damaged: [] });
  });
});
