import { describe, expect, it } from 'vitest';
import { MemorySource } from '../byte-source';
import type { Model, StringEntry } from '../graph';
import { readFloat32 } from '../tensor';
import { floatTensor, graph, model, node } from '../testing/build';
import { decodeModel } from './decode';
import { encodeModel, joinParts, type EncodedModel } from './encode';
import { encodeFiles } from './encode-files';
import { attachExternalData, externalFiles } from './external-data';

const values = Array.from({ length: 400 }, (_, index) => index / 4);
const large = (name: string) => floatTensor(name, [400], values);
const whole = model(
  graph({
    initializers: [large('a'), floatTensor('tiny', [1], [5]), large('b')],
    nodes: [
      node('Constant', [], ['c'], { value: large('c.value') }),
      node('If', ['condition'], ['y'], {
        then_branch: graph({ initializers: [large('inner')] }),
        else_branch: graph({ initializers: [] }),
      }),
    ],
  }),
);
const source = (encoded: EncodedModel) => new MemorySource(joinParts(encoded));

const external = (entries: Readonly<Record<string, string>>): Model => {
  const externalData: StringEntry[] = Object.entries(entries).map(([key, value]) => ({ key, value }));
  const { rawData: _data, ...tensor } = large('w');
  return model(graph({ initializers: [{ ...tensor, externalData, dataLocation: 1 }] }));
};
const data = new MemorySource(new Uint8Array(1600 + 64));

describe('external data', () => {
  it('comes back the same after a way through two files, and after joining them again', () => {
    const files = encodeFiles(whole, { storage: 'external', dataFileName: 'm.onnx.data' });
    const written = decodeModel(source(files.model));
    expect(externalFiles(written)).toEqual([{ location: 'm.onnx.data', tensors: ['a', 'b', 'c.value'] }]);
    expect(files.model.sizeBytes).toBeLessThan(2500);
    const joined = attachExternalData(written, new Map([['m.onnx.data', source(files.externalData[0]!.data)]]));
    expect(joined.graph!.initializers.map((tensor) => readFloat32(tensor).at(-1))).toEqual([99.75, 5, 99.75]);
    const single = encodeFiles(joined, { storage: 'auto', dataFileName: 'unused' });
    expect(single.externalData).toEqual([]);
    expect(joinParts(single.model)).toEqual(joinParts(encodeModel(whole)));
  });

  it('starts each tensor on a boundary of 64 bytes and does not copy it', () => {
    const files = encodeFiles(whole, { storage: 'external', dataFileName: 'd' });
    const offsets = decodeModel(source(files.model)).graph!.initializers.map(
      ({ externalData }) => externalData?.find(({ key }) => key === 'offset')?.value,
    );
    expect(offsets).toEqual(['0', undefined, '1600']);
    expect(files.externalData[0]!.data.parts).toContain(whole.graph!.initializers[0]!.rawData);
  });

  it('fills several data files, each up to its limit, and comes back the same from them', () => {
    const limits = { storage: 'external', dataFileName: 'm.onnx_data', mostDataFileBytes: 3300 } as const;
    const files = encodeFiles(whole, limits);
    expect(files.externalData.map(({ name, data: { sizeBytes } }) => [name, sizeBytes])).toEqual([
      ['m.onnx_data', 3200],
      ['m.onnx_data_1', 1600],
    ]);
    const sources = new Map(files.externalData.map((file) => [file.name, source(file.data)]));
    const joined = attachExternalData(decodeModel(source(files.model)), sources);
    const single = encodeFiles(joined, { storage: 'single-file', dataFileName: '' });
    expect(joinParts(single.model)).toEqual(joinParts(encodeModel(whole)));
  });

  it('puts a tensor above the limit into a file of its own', () => {
    const files = encodeFiles(whole, { storage: 'external', dataFileName: 'd', mostDataFileBytes: 1000 });
    expect(files.externalData.map(({ name }) => name)).toEqual(['d', 'd_1', 'd_2']);
  });

  it('finds a file that was dropped without its folder', () => {
    const named = external({ location: './weights/w.bin' });
    expect(
      attachExternalData(named, new Map([['w.bin', data]])).graph!.initializers[0]!.externalSource!.sizeBytes,
    ).toBe(1600);
    expect(() => attachExternalData(named, new Map([['weights\\w.bin', data]]))).not.toThrow();
  });

  it('names the file and the tensor that are missing', () => {
    const attempt = () => attachExternalData(external({ location: 'w.bin' }), new Map());
    expect(attempt).toThrow(expect.objectContaining({ code: 'external-data/missing' }));
    expect(attempt).toThrow(/"w".*"w\.bin"/);
    expect(() => encodeFiles(external({ location: 'w.bin' }), { storage: 'auto', dataFileName: 'd' })).toThrow(
      'the file "w.bin"',
    );
  });

  it.each(['../w.bin', '/etc/w.bin', 'C:\\w.bin', 'a/../../w.bin', '\\\\host\\w.bin', '', 'a\0b'])(
    'refuses the path %j',
    (location) => {
      const files = new Map([
        ['w.bin', data],
        [location, data],
      ]);
      const attempt = () => attachExternalData(external({ location }), files);
      expect(attempt).toThrow(expect.objectContaining({ code: 'external-data/location' }));
    },
  );

  it.each([
    [{ offset: '65' }, 'ends at byte 1665'],
    [{ offset: '-1' }, 'not a number'],
    [{ offset: '99999999999999999999' }, 'not a number'],
    [{ length: '1599' }, 'need 1600'],
    [{ length: '1e3' }, 'not a number'],
  ])('refuses the range %j', (entries, words) => {
    const attempt = () => attachExternalData(external({ location: 'w.bin', ...entries }), new Map([['w.bin', data]]));
    expect(attempt).toThrow(words);
  });
});
