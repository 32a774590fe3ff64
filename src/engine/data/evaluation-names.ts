// Not "vals": those are values.
const evaluationWord = /^[xy]?(tests|testing|(dev)?(test|val(id(ation)?)?|eval(uation)?)(set|data|images?|labels?)?)$/;

/**
 * True for a name that says that the data is there to test or validate with, by its words: `x_test`, `XTest`, `val2017`,
 * `t10k-images` (MNIST), and not `latest`, `contest` or `interval`.
 */
export function isForEvaluation(name: string): boolean {
  return name
    .replace(/([a-z])(?=[A-Z])/g, '$1 ')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .some((word) => word === 't10k' || evaluationWord.test(word.replace(/\d+$/, '')));
}
