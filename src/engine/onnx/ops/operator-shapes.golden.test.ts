/** Compares inferred shapes with the node tests of the onnx package. tools/golden/make-operator-shapes.py makes the fixtures. */
import { readFileSync } from 'node:fs';
import { unzipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../byte-source';
import { decodeModel } from '../codec/decode';
import type { Model, ValueInfo } from '../graph';
import { inferModel } from '../infer';
import { textOfSize } from '../size';
import type { SymbolicShape } from './operator';
import { operatorRecord } from './registry';

/** Operators without a record: newer than opset 23, or of training. No runtime in a browser has them. Scan of opset 8 had another signature. */
const undescribed = new Set(
  'CausalConvWithState LinearAttention SwiGLU FlexAttention Scan Adagrad Adam Momentum'.split(' '),
);

interface Corpus {
  readonly onnx: string;
  readonly models: readonly {
    readonly name: string;
    readonly bytes: number;
    /** The shape of each output by ONNX's own inference. */
    readonly inferred: Readonly<Record<string, readonly (number | null)[] | null>>;
  }[];
}

const archive = unzipSync(readFileSync(new URL('./fixtures/operator-shapes.zip', import.meta.url)));
const corpus = JSON.parse(new TextDecoder().decode(archive['corpus.json'])) as Corpus;

interface Finding {
  readonly test: string;
  readonly output: string;
  readonly operators: readonly string[];
  readonly recorded: readonly (number | null)[];
  readonly recordedType: number | undefined;
  readonly ours: SymbolicShape | undefined;
  readonly ourType: number | undefined;
  readonly theirs: readonly (number | null)[] | null;
}

/** Outputs that are tensors, without what the file says of their shapes. */
function findings(): readonly Finding[] {
  const found: Finding[] = [];
  let offset = 0;
  for (const { name, bytes, inferred } of corpus.models) {
    const model = decodeModel(new MemorySource(archive['models.bin']!.subarray(offset, offset + bytes)));
    offset += bytes;
    const graph = { ...model.graph!, outputs: model.graph!.outputs.map((output) => ({ name: output.name })) };
    const stripped: Model = { ...model, graph };
    const result = inferModel(stripped);
    for (const output of model.graph!.outputs) {
      if (output.type?.kind !== 'tensor' || !output.type.shape) continue;
      const value = result.value(graph, output.name!);
      found.push({
        test: name,
        output: output.name!,
        operators: graph.nodes.map(({ opType }) => opType ?? ''),
        recorded: recordedShape(output),
        recordedType: output.type.elementType,
        ours: value?.shape,
        ourType: value?.elementType,
        theirs: inferred[output.name!] ?? null,
      });
    }
  }
  return found;
}

function recordedShape(output: ValueInfo): readonly (number | null)[] {
  return output.type!.shape!.dimensions.map((dimension) =>
    'size' in dimension && dimension.size !== undefined ? Number(dimension.size) : null,
  );
}

function contradicts(shape: readonly unknown[] | undefined | null, recorded: readonly (number | null)[]): boolean {
  if (!shape) return false;
  if (shape.length !== recorded.length) return true;
  return shape.some((size, axis) => typeof size === 'number' && recorded[axis] !== null && size !== recorded[axis]);
}

const isKnown = (shape: readonly unknown[] | undefined | null) =>
  shape?.every((size) => typeof size === 'number') === true;

const all = findings();

describe('shapes and types of operators, over the node tests of the onnx package', () => {
  it('has a corpus worth the name', () => {
    expect(corpus.models.length).toBeGreaterThan(1800);
    expect(all.length).toBeGreaterThan(2200);
  });

  it('never gives a shape that the recorded output does not have', () => {
    const wrong = all.filter(({ ours, recorded }) => contradicts(ours, recorded));
    expect(wrong.map(({ test, output, ours }) => `${test}.${output}: ${ours!.map(textOfSize).join(', ')}`)).toEqual([]);
  });

  it('never gives another element type than the recorded one', () => {
    const wrong = all.filter(({ ourType, recordedType }) => ourType !== undefined && ourType !== recordedType);
    expect(wrong.map(({ test, output, ourType }) => `${test}.${output}: ${ourType}`)).toEqual([]);
  });

  it('knows every output that the inference of ONNX knows, but for operators that it does not describe', () => {
    const missing = all
      .filter(({ theirs, recorded, ours }) => isKnown(theirs) && !contradicts(theirs, recorded) && !isKnown(ours))
      .filter(({ operators }) => !operators.some((operator) => undescribed.has(operator)));
    expect(missing.map(({ test, output, ours }) => `${test}.${output}: ${ours?.map(textOfSize).join(', ')}`)).toEqual(
      [],
    );
  });

  it('lists no operator that has a record among those that it does not describe', () => {
    expect([...undescribed].filter((opType) => operatorRecord({ opType }) !== undefined)).toEqual([]);
  });

  it('infers every result from given sizes and axes, except those that only a run decides', () => {
    const told = all.filter(({ test }) => test.endsWith(', told its lists'));
    const unknown = told.filter(({ ours }) => !isKnown(ours)).flatMap(({ operators }) => operators);
    expect(told.length).toBeGreaterThan(400);
    // These shapes are not known before a run: the number of boxes or values that are left, whether a Loop begins. The depth of OneHot has
    // a type that is not told as a list.
    const open = ['NonMaxSuppression', 'Unique', 'Loop', 'OneHot'];
    expect(unknown.filter((operator) => !open.includes(operator) && !undescribed.has(operator))).toEqual([]);
  });

  it('knows more outputs than the inference of ONNX', () => {
    const ours = all.filter((finding) => isKnown(finding.ours)).length;
    const theirs = all.filter((finding) => isKnown(finding.theirs)).length;
    expect(ours).toBeGreaterThan(theirs);
  });
});
