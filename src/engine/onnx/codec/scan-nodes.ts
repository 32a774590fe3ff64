/**
 * Reads the nodes of a model file, the names of its constants and its metadata from the wire format alone, without
 * decoding the model.
 */
import type { ByteSource } from '../byte-source';
import type { StringEntry, ValueName } from '../graph';
import { ByteCursor } from './byte-cursor';

export interface ScannedNode {
  readonly opType: string;
  readonly inputs: readonly ValueName[];
  readonly outputs: readonly ValueName[];
  /** The value of `axis` or `gather_axis`; 0 if there is neither. */
  readonly axis: number;
}

export interface ScannedNodes {
  /** Nodes of the main graph and of the graphs inside nodes. */
  readonly nodes: readonly ScannedNode[];
  /** Initializers, and the values of Constant nodes. */
  readonly constants: ReadonlySet<ValueName>;
  /** The first size of each initializer that has one. */
  readonly firstSizes: ReadonlyMap<ValueName, number>;
  readonly metadata: readonly StringEntry[];
}

/** Field numbers of onnx.proto. */
const modelGraph = 7;
const modelMetadata = 14;
const graphNode = 1;
const graphInitializer = 5;
const nodeInput = 1;
const nodeOutput = 2;
const nodeOpType = 4;
const nodeAttribute = 5;
const attributeName = 1;
const attributeInteger = 3;
const attributeGraph = 6;
const attributeGraphs = 11;
const tensorDims = 1;
const tensorName = 8;
const entryKey = 1;
const entryValue = 2;

const maxDepth = 100;

/** Throws a ParetoError (`format/…`) if the file is no well-formed message. */
export function scanNodes(source: ByteSource): ScannedNodes {
  const scanner = new NodeScanner(source);
  scanner.model();
  return scanner;
}

class NodeScanner implements ScannedNodes {
  readonly nodes: ScannedNode[] = [];
  readonly constants = new Set<ValueName>();
  readonly firstSizes = new Map<ValueName, number>();
  readonly metadata: StringEntry[] = [];
  readonly #cursor: ByteCursor;
  readonly #text = new TextDecoder();

  constructor(source: ByteSource) {
    this.#cursor = new ByteCursor(source);
  }

  model(): void {
    this.#fields(this.#cursor.sizeBytes, (field, end) => {
      if (field === modelMetadata) return this.#entry(end);
      return field === modelGraph && this.#graph(end, 0);
    });
  }

  #graph(end: number, depth: number): true {
    if (depth > maxDepth) return this.#skipTo(end);
    this.#fields(end, (field, fieldEnd) => {
      if (field === graphNode) return this.#node(fieldEnd, depth);
      return field === graphInitializer && this.#tensor(fieldEnd);
    });
    return true;
  }

  #node(end: number, depth: number): true {
    let opType = '';
    let axis = 0;
    const inputs: ValueName[] = [];
    const outputs: ValueName[] = [];
    this.#fields(end, (field, fieldEnd) => {
      if (field === nodeInput) inputs.push(this.#string(fieldEnd));
      else if (field === nodeOutput) outputs.push(this.#string(fieldEnd));
      else if (field === nodeOpType) opType = this.#string(fieldEnd);
      else if (field === nodeAttribute) axis = this.#attribute(fieldEnd, depth) ?? axis;
      else return false;
      return true;
    });
    this.nodes.push({ opType, inputs, outputs, axis });
    if (opType === 'Constant') for (const name of outputs) this.constants.add(name);
    return true;
  }

  /** The integer of an attribute that names an axis. */
  #attribute(end: number, depth: number): number | undefined {
    let name = '';
    let integer: number | undefined;
    const visit = (field: number, fieldEnd: number): boolean => {
      if (field !== attributeName) {
        return (field === attributeGraph || field === attributeGraphs) && this.#graph(fieldEnd, depth + 1);
      }
      name = this.#string(fieldEnd);
      return true;
    };
    this.#fields(end, visit, (field, value) => {
      if (field === attributeInteger) integer = value;
    });
    return name === 'axis' || name === 'gather_axis' ? integer : undefined;
  }

  #entry(end: number): true {
    let [key, value] = ['', ''];
    this.#fields(end, (field, fieldEnd) => {
      if (field === entryKey) key = this.#string(fieldEnd);
      else if (field === entryValue) value = this.#string(fieldEnd);
      return field === entryKey || field === entryValue;
    });
    this.metadata.push({ key, value });
    return true;
  }

  #tensor(end: number): true {
    let name = '';
    let firstSize: number | undefined;
    const visit = (field: number, fieldEnd: number): boolean => {
      // Sizes come one by one, or all in one field.
      if (field === tensorDims && fieldEnd > this.#cursor.position) firstSize ??= this.#cursor.varint();
      if (field === tensorName) name = this.#string(fieldEnd);
      return field === tensorName;
    };
    this.#fields(end, visit, (field, value) => {
      if (field === tensorDims) firstSize ??= value;
    });
    this.constants.add(name);
    if (firstSize !== undefined) this.firstSizes.set(name, firstSize);
    return true;
  }

  #string(end: number): string {
    return this.#text.decode(this.#cursor.take(end));
  }

  /** `visit` takes a field that is a message or a text up to its end, or leaves it: then it is skipped unread. */
  #fields(
    end: number,
    visit: (field: number, end: number) => boolean,
    visitInteger?: (field: number, value: number) => void,
  ): void {
    const cursor = this.#cursor;
    while (cursor.position < end) {
      const tag = cursor.varint();
      switch (tag % 8) {
        case 0: {
          const value = cursor.varint();
          visitInteger?.(Math.floor(tag / 8), value);
          break;
        }
        case 1:
          cursor.position += 8;
          break;
        case 5:
          cursor.position += 4;
          break;
        case 2: {
          const length = cursor.varint();
          const fieldEnd = cursor.position + length;
          if (fieldEnd > end || !visit(Math.floor(tag / 8), fieldEnd)) this.#skipTo(Math.min(fieldEnd, end));
          break;
        }
        default:
          this.#skipTo(end);
      }
    }
  }

  #skipTo(end: number): true {
    this.#cursor.position = end;
    return true;
  }
}
