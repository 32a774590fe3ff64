import type { DatasetDescription } from '../data/dataset';
import { partNamed } from '../data/evaluation-names';
import type { AccuracyWarning } from './evaluation';

/** A warning if the data is for training, by the names of its arrays, or else by its own name. */
export function warnOfTrainingData({ name, fields, part }: DatasetDescription): AccuracyWarning | undefined {
  if ((part ?? partNamed(name)) !== 'train') return undefined;
  const named = fields.map((field) => field.name).filter((each) => partNamed(each) === 'train');
  const which = named.length === 0 ? name : `${named.map((each) => `"${each}"`).join(', ')} of ${name}`;
  return {
    code: 'training-data',
    message: `By its name, ${which} is training data. Accuracy on training data is higher than on new data: use test data.`,
  };
}
