/**
 * Reads the fields of functions that ONNX 1.13 and later have and that `onnx-proto` does not name. The model keeps them as bytes and writes
 * them back unchanged.
 */
import { MemorySource } from '../byte-source';
import type { Attribute, ModelFunction, Node, UnknownFields } from '../graph';
import { modelFromProto } from './from-proto';
import { GrowingBuffer } from './growing-buffer';
import { onnx, RecordingReader } from './proto';
import { scanModel } from './scan';
import { delimited, unknownMessages } from './unknown-fields';

/** Field numbers of onnx.proto (IR version 10). */
const overloadOfNode = 8;
const overloadOfFunction = 13;
const attributeDefaults = 11;

/** Returns the overload that a node calls, if several functions have one name; empty for the usual one. */
export function nodeOverload({ unknownFields }: Node): string {
  return textOf(unknownFields, overloadOfNode);
}

/** Returns the name that distinguishes functions of one name; empty for the usual one. */
export function functionOverload({ unknownFields }: ModelFunction): string {
  return textOf(unknownFields, overloadOfFunction);
}

const knownDefaults = new WeakMap<ModelFunction, readonly Attribute[]>();

/** The attributes that a call need not give, with the values that they have then. Throws `format/…` if they are damaged. */
export function functionDefaults(entry: ModelFunction): readonly Attribute[] {
  const known = knownDefaults.get(entry);
  if (known !== undefined) return known;
  const messages = [...unknownMessages(entry.unknownFields, attributeDefaults)];
  const defaults = messages.length === 0 ? [] : decodeAttributes(messages);
  knownDefaults.set(entry, defaults);
  return defaults;
}

/** Decodes the messages as attributes of the one node of a model, so that they pass every check of a file. */
function decodeAttributes(messages: readonly Uint8Array[]): readonly Attribute[] {
  const node = messageOf(5, messages);
  const graph = messageOf(1, [node]);
  const { skeleton, payloads } = scanModel(new MemorySource(messageOf(7, [graph])));
  const model = modelFromProto(onnx.ModelProto.decode(new RecordingReader(skeleton)), payloads);
  return model.graph!.nodes[0]!.attributes;
}

function messageOf(field: number, values: readonly Uint8Array[]): Uint8Array {
  const buffer = new GrowingBuffer();
  for (const value of values) {
    buffer.appendVarint(field * 8 + delimited);
    buffer.appendVarint(value.length);
    buffer.append(value);
  }
  return buffer.finish();
}

function textOf(unknownFields: UnknownFields, field: number): string {
  const [bytes] = unknownMessages(unknownFields, field);
  return bytes === undefined ? '' : new TextDecoder().decode(bytes);
}
