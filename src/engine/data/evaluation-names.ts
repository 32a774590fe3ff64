/** Parts of data sets, by what they are for. Not "vals": those are values. */
const partWord =
  /^[xy]?(?:(tests|testing)|(train)(?:ing)?|(?:dev)?(test|val(?:id(?:ation)?)?|eval(?:uation)?))(?:set|data|images?|labels?)?$/;

/**
 * The part of a data set that a name says to be, by its words: `train`, `val`, `test`, `eval`; `undefined` for none. Of
 * several not the one to train with.
 */
export function partNamed(name: string): string | undefined {
  const words = name
    .replace(/([a-z])(?=[A-Z])/g, '$1 ')
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  const parts = words.flatMap((word) => partOf(word) ?? []);
  return parts.find((part) => part !== 'train') ?? parts[0];
}

function partOf(word: string): string | undefined {
  const [, tests, train, other] = partWord.exec(word.replace(/\d+$/, '')) ?? [];
  // MNIST's.
  if (tests !== undefined || word === 't10k') return 'test';
  return train ?? other?.replace(/(?<=val)id(ation)?$|(?<=eval)uation$/, '');
}

/**
 * True for a name that says that the data is there to test or validate with, by its words: `x_test`, `XTest`, `val2017`,
 * `t10k-images` (MNIST), and not `latest`, `contest` or `interval`.
 */
export function isForEvaluation(name: string): boolean {
  const part = partNamed(name);
  return part !== undefined && part !== 'train';
}
