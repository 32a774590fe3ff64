/**
 * Random ONNX messages with every field that a current ONNX has, made by reflection over an independent schema
 * (`onnx-buf`). New fields of the schema are therefore tested automatically.
 */
import { create, ScalarType, type DescField, type Message } from '@bufbuild/protobuf';
import { reflect, type ReflectList, type ReflectMessage } from '@bufbuild/protobuf/reflect';
import { GraphProtoSchema, ModelProtoSchema, type ModelProto } from 'onnx-buf';
import fc from 'fast-check';

const int64Edges = [0n, 1n, -1n, 2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 63n)];

/** Messages in one model: enough for every kind, little enough to try many models. */
const messageBudget = 60;

/** A model whose fields are chosen by fast-check's generator. */
export function randomModel(choose: fc.GeneratorValue): ModelProto {
  const message = create(ModelProtoSchema);
  new Filler(choose).fill(reflect(ModelProtoSchema, message));
  // A file without a graph and functions is no model.
  message.graph ??= create(GraphProtoSchema);
  return message;
}

class Filler {
  readonly #choose: fc.GeneratorValue;
  #messages = 0;

  constructor(choose: fc.GeneratorValue) {
    this.#choose = choose;
  }

  /** Breadth first, so that the budget is not spent in the first branch. */
  fill(root: ReflectMessage): void {
    const queue = [root];
    for (let message = queue.shift(); message; message = queue.shift()) queue.push(...this.#fillOne(message));
  }

  #fillOne(message: ReflectMessage): ReflectMessage[] {
    const children: ReflectMessage[] = [];
    const takenOneofs = new Set<string>();
    for (const field of message.desc.fields) {
      if (!this.#choose(fc.boolean) || (field.oneof && takenOneofs.has(field.oneof.name))) continue;
      if (field.message && this.#messages >= messageBudget) continue;
      if (field.oneof) takenOneofs.add(field.oneof.name);
      if (field.fieldKind === 'list') {
        const list = message.get(field) as ReflectList;
        const count = this.#choose(fc.integer, { min: 0, max: 2 });
        for (let index = 0; index < count; index++) list.add(this.#item(field, children));
      } else message.set(field, this.#item(field, children));
    }
    if (this.#choose(fc.integer, { min: 0, max: 4 }) === 0) addFutureFields(message.message, this.#choose);
    return children;
  }

  #item(field: DescField, children: ReflectMessage[]): unknown {
    if (field.message) {
      this.#messages++;
      const child = reflect(field.message, create(field.message) as Message);
      children.push(child);
      return child;
    }
    if (field.enum) return this.#choose(fc.constantFrom, ...field.enum.values.map((value) => value.number));
    return scalarOf((field as { readonly scalar: ScalarType }).scalar, this.#choose);
  }
}

function scalarOf(type: ScalarType, choose: fc.GeneratorValue): unknown {
  switch (type) {
    case ScalarType.STRING:
      return choose(fc.string, { unit: 'binary', maxLength: 6 });
    case ScalarType.BYTES:
      // Below, at and above the size from which raw data stays in the file.
      return new Uint8Array(choose(fc.constantFrom, 0, 1, 7, 1023, 1024, 1025, 3000)).fill(choose(fc.nat, 255));
    case ScalarType.FLOAT:
      return Math.fround(choose(fc.float, { noNaN: true }));
    case ScalarType.DOUBLE:
      return choose(fc.double, { noNaN: true });
    case ScalarType.INT32:
      return choose(fc.integer);
    case ScalarType.INT64:
      return choose(fc.boolean)
        ? choose(fc.constantFrom, ...int64Edges)
        : choose(fc.bigInt, { min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case ScalarType.UINT64:
      return choose(fc.bigInt, { min: 0n, max: 2n ** 64n - 1n });
    default:
      throw new Error(`Scalar type ${ScalarType[type]} is new in ONNX: teach the generator.`);
  }
}

/** Fields that no schema knows yet, one of each wire type. */
export function addFutureFields(message: Message, choose: fc.GeneratorValue): void {
  const number = (): number => choose(fc.integer, { min: 900, max: 2 ** 29 - 1 });
  message.$unknown = [
    { no: number(), wireType: 0, data: Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01) },
    { no: number(), wireType: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
    { no: number(), wireType: 2, data: Uint8Array.of(3, 97, 255, 99) },
    { no: number(), wireType: 5, data: Uint8Array.of(9, 8, 7, 6) },
    // A group (field 1000) with a varint and an inner group (field 2) inside.
    { no: 1000, wireType: 3, data: Uint8Array.of(0x08, 0x05, 0x13, 0x14, 0xc4, 0x3e) },
  ];
}
