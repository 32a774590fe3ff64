import { create, toBinary } from '@bufbuild/protobuf';
import { AttributeProto_AttributeType, ModelProtoSchema, TensorProto_DataType, type ModelProto } from 'onnx-buf';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../byte-source';
import type { Model } from '../graph';
import { tensorBytes } from '../tensor';
import { decodeModel } from './decode';
import { encodeModel, joinParts } from './encode';
import { functionDefaults, functionOverload, nodeOverload } from './function-fields';

const message = create(ModelProtoSchema, {
  irVersion: 10n,
  graph: {
    node: [
      { opType: 'Scaled', domain: 'own', input: ['x'], output: ['y'], overload: 'half', metadataProps: [{ key: 'a' }] },
      { opType: 'Scaled', domain: 'own', input: ['y'], output: ['z'] },
    ],
  },
  functions: [
    {
      name: 'Scaled',
      domain: 'own',
      overload: 'half',
      attribute: ['needed'],
      attributeProto: [
        { name: 'by', type: AttributeProto_AttributeType.FLOAT, f: 0.5 },
        {
          name: 'table',
          type: AttributeProto_AttributeType.TENSOR,
          t: { dims: [600n], dataType: TensorProto_DataType.FLOAT, rawData: new Uint8Array(2400).fill(7) },
        },
      ],
      valueInfo: [{ name: 'inner' }],
    },
    { name: 'Scaled', domain: 'own' },
  ],
});

const decode = (file: ModelProto): Model => decodeModel(new MemorySource(toBinary(ModelProtoSchema, file)));

describe('fields of functions that onnx-proto does not name', () => {
  it('tell overloads apart', () => {
    const { graph, functions } = decode(message);
    expect(graph!.nodes.map(nodeOverload)).toEqual(['half', '']);
    expect(functions.map(functionOverload)).toEqual(['half', '']);
  });

  it('hold the defaults of parameters, weights included', () => {
    const { functions } = decode(message);
    const [by, table] = functionDefaults(functions[0]!);
    expect(by).toMatchObject({ name: 'by', f: 0.5 });
    expect(tensorBytes(table!.t!)).toEqual(new Uint8Array(2400).fill(7));
    expect(functionDefaults(functions[1]!)).toEqual([]);
  });

  it('are written back as they came, read or not', () => {
    const model = decode(message);
    functionDefaults(model.functions[0]!);
    expect(decode(message)).toEqual(decodeModel(new MemorySource(joinParts(encodeModel(model)))));
  });

  it('refuse a file in which a default is damaged', () => {
    const bytes = toBinary(ModelProtoSchema, message);
    // The list of dimensions of the table: a packed number that does not end.
    const at = bytes.findIndex((byte, index) => byte === 0x0a && bytes[index + 1] === 2 && bytes[index + 2] === 0xd8);
    const damaged = bytes.with(at + 3, 0xff);
    expect(() => decodeModel(new MemorySource(damaged))).toThrow(/not a valid ONNX file/);
  });
});
