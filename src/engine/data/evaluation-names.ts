/** Parts of data sets, by what they are for. Not "vals": those are values. */
const partWord =
  /^(?<axis>[xy]?)(?:(?<tests>tests|testing)|(?<train>train)(?:ing)?|(?:dev)?(?<other>test|val(?:id(?:ation)?)?|eval(?:uation)?))(?<rest>(?:set|data|images?|labels?)?)$/;

/**
 * Returns the part of a data set that a name states, by its words: `train`, `val`, `test`, `eval`. `undefined` if it
 * states none. If it states several, `train` comes last.
 */
export function partNamed(name: string): string | undefined {
  const parts = wordsOf(name).flatMap((word) => partOf(word) ?? []);
  return parts.find((part) => part !== 'train') ?? parts[0];
}

/**
 * Returns a name without its part: `y` of `y_test`, `labels` of `labels_val` and `trainLabels`. The result is in lower case, with `_`
 * between words.
 */
export function withoutPart(name: string): string {
  const words = wordsOf(name).flatMap((word) => {
    const { axis, rest } = groupsOf(word) ?? { axis: word, rest: '' };
    return [axis, rest].filter((text) => text !== '' && text !== undefined);
  });
  return words.join('_');
}

function wordsOf(name: string): readonly string[] {
  return name
    .replace(/([a-z])(?=[A-Z])/g, '$1 ')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '');
}

function groupsOf(word: string): Readonly<Record<string, string | undefined>> | undefined {
  return partWord.exec(word.replace(/\d+$/, ''))?.groups;
}

function partOf(word: string): string | undefined {
  const { tests, train, other } = groupsOf(word) ?? {};
  // MNIST's.
  if (tests !== undefined || word === 't10k') return 'test';
  return train ?? other?.replace(/(?<=val)id(ation)?$|(?<=eval)uation$/, '');
}

/**
 * True for the name of data for testing or validation, by its words: `x_test`, `XTest`, `val2017`, `t10k-images`
 * (MNIST), and not `latest`, `contest` or `interval`.
 */
export function isForEvaluation(name: string): boolean {
  const part = partNamed(name);
  return part !== undefined && part !== 'train';
}
