/** Operators of the domain `ai.onnx.ml`, as scikit-learn and boosted trees are exported: scalers, linear models, trees, vectors. */
import { DataType, type DataTypeCode } from '../data-type';
import { addSizes, multiplySizes, productOfSizes, type Size } from '../size';
import { typeOfInput, typesAlways } from './element-type-rules';
import { likeInput, type ElementTypeRule, type MacsRule, type NodeFacts, type ShapeRule } from './operator';
import { alike, type OperatorFamily, type OperatorRecord } from './operator-record';
import { oncePerOutput } from './work-rules';

const alwaysFloat = typesAlways(DataType.float32);

/** A single sample may come without its axis. */
function samplesOf(facts: NodeFacts): Size | undefined {
  const input = facts.shape(0);
  return input && (input.length === 1 ? 1 : (input[0] ?? null));
}

/** Shapes outputs with one row of this many columns for each sample. */
const rowsOf =
  (columns: (facts: NodeFacts) => Size): ShapeRule =>
  (facts) => {
    const samples = samplesOf(facts);
    return [samples === undefined ? undefined : [samples, columns(facts)]];
  };

/** Returns the number and the type of the classes, which are numbers or texts. If a node has both, the texts count. */
function classesOf(
  facts: NodeFacts,
  numbers: string,
  texts: string,
): { readonly count: number; readonly type: number } {
  const names = facts.strings(texts);
  if (names.length > 0) return { count: names.length, type: DataType.string };
  return { count: facts.ints(numbers)?.length ?? 0, type: DataType.int64 };
}

/** The class of each sample, and a score for each class. */
function classifier(numbers: string, scores: (facts: NodeFacts, classes: number) => Size): OperatorRecord {
  const classes = (facts: NodeFacts) => classesOf(facts, numbers, 'classlabels_strings');
  return {
    shapes(facts) {
      const samples = samplesOf(facts);
      return samples === undefined ? [] : [[samples], [samples, scores(facts, classes(facts).count) || null]];
    },
    elementTypes: (facts) => [classes(facts).type, DataType.float32],
  };
}

/** One line can give the scores of both classes if there are two. */
function linearScores(facts: NodeFacts, classes: number): Size {
  const lines = facts.floats('intercepts')?.length ?? 0;
  return lines === 1 && classes === 2 ? 2 : lines || classes;
}

/** If there are no probabilities, the scores of more than two classes are the votes of pairs of classes. */
function vectorScores(facts: NodeFacts, classes: number): Size {
  const isByVotes = (facts.floats('prob_a')?.length ?? 0) === 0 && classes > 2;
  const isByVectors = (facts.ints('vectors_per_class')?.length ?? 0) > 0;
  return isByVotes && isByVectors ? (classes * (classes - 1)) / 2 : classes;
}

/** A sample meets each number of that attribute once. */
const oncePerSample =
  (...attributes: readonly string[]): MacsRule =>
  (facts) => {
    const numbers = attributes.map((name) => facts.floats(name)?.length ?? 0).find((length) => length > 0);
    return multiplySizes(samplesOf(facts) ?? null, numbers ?? null);
  };

const targetsOf =
  (name: string) =>
  (facts: NodeFacts): Size =>
    facts.int(name) ?? 1;

/** Texts become numbers, and numbers texts, if no list says otherwise. */
const labelTypes: ElementTypeRule = (facts) => {
  const lists: readonly (readonly [boolean, DataTypeCode])[] = [
    [facts.strings('values_strings').length > 0, DataType.string],
    [facts.ints('values_int64s') !== undefined, DataType.int64],
    [facts.floats('values_floats') !== undefined, DataType.float32],
  ];
  const listed = facts.tensor('values_tensor')?.dataType ?? lists.find(([isThere]) => isThere)?.[1];
  return [listed ?? otherLabel(facts)];
};

function otherLabel(facts: NodeFacts): DataTypeCode | undefined {
  const given = facts.elementType(0);
  if (given === DataType.string) return DataType.int64;
  return given === DataType.int64 ? DataType.string : undefined;
}

/** The chosen places of the last axis; a single row gets an axis of its own. */
const extracted: ShapeRule = (facts) => {
  const [input, places] = [facts.shape(0), facts.shape(1)];
  if (input === undefined) return [];
  const rows = input.length === 1 ? [1] : input.slice(0, -1);
  return [[...rows, places === undefined ? null : productOfSizes(places)]];
};

const joined: ShapeRule = (facts) => {
  const widths = facts.ints('inputdimensions') ?? facts.inputs.map((_, input) => facts.shape(input)?.at(-1) ?? null);
  return rowsOf(() => widths.reduce<Size>(addSizes, 0))(facts);
};

const oneHot: ShapeRule = (facts) => {
  const { count } = classesOf(facts, 'cats_int64s', 'cats_strings');
  const input = facts.shape(0);
  return [input && [...input, count || null]];
};

const elementwise = { shapes: likeInput(0), work: oncePerOutput } as const;

export const classicalLearning: OperatorFamily = {
  ...alike('Scaler Normalizer', { ...elementwise, elementTypes: alwaysFloat }),
  ...alike('Binarizer Imputer', { ...elementwise, elementTypes: typeOfInput(0) }),
  ...alike('LabelEncoder CategoryMapper', { shapes: likeInput(0), elementTypes: labelTypes }),
  ArrayFeatureExtractor: { shapes: extracted, elementTypes: typeOfInput(0) },
  FeatureVectorizer: { shapes: joined, elementTypes: alwaysFloat },
  OneHotEncoder: { shapes: oneHot, elementTypes: alwaysFloat },
  LinearClassifier: { ...classifier('classlabels_ints', linearScores), macs: oncePerSample('coefficients') },
  LinearRegressor: {
    shapes: rowsOf(targetsOf('targets')),
    elementTypes: alwaysFloat,
    macs: oncePerSample('coefficients'),
  },
  SVMClassifier: {
    ...classifier('classlabels_ints', vectorScores),
    macs: oncePerSample('support_vectors', 'coefficients'),
  },
  SVMRegressor: {
    shapes: rowsOf(() => 1),
    elementTypes: alwaysFloat,
    macs: oncePerSample('support_vectors', 'coefficients'),
  },
  // A walk through each tree: it looks up and compares, and multiplies nothing.
  TreeEnsembleClassifier: classifier('classlabels_int64s', (_facts, classes) => classes),
  TreeEnsembleRegressor: { shapes: rowsOf(targetsOf('n_targets')), elementTypes: alwaysFloat },
  TreeEnsemble: { shapes: rowsOf(targetsOf('n_targets')), elementTypes: typeOfInput(0) },
};
