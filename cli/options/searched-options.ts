/** The options of commands that search a model, or look at its layers. */
import { usualCalibrationSamples, usualSetAside } from '../../src/engine/data/split';
import type { SearchedRequest } from '../../src/work/search';
import { listOption, numberOption, requirePositionals, type CommandOptions, type Invocation } from '../command';
import { readDataRequest } from './data-options';
import { dimensionsOption } from './run-options';
import { samplesOption } from './sample-choice';

export const searchedDataOptions = {
  'calibration-data': { type: 'string', multiple: true },
  samples: { type: 'string' },
} as const satisfies CommandOptions;

export function searchedDataHelp(width: number): string {
  const lines = [
    ['--calibration-data <path>', ''],
    ['', 'other data for calibration and training. Without it, part of --data is held out for them'],
    [
      '--samples <n>',
      `calibration samples, chosen at random by the seed (${usualCalibrationSamples} of other data, ${usualSetAside} of`,
    ],
    ['', '--data, half of small data). all: every sample, in file order'],
  ] as const;
  return lines.map(([option, text]) => `  ${option.padEnd(width)}  ${text}`.trimEnd()).join('\n');
}

export async function readSearched(invocation: Invocation): Promise<SearchedRequest> {
  const [model = ''] = requirePositionals(invocation, ['The model']);
  const apart = listOption(invocation, 'calibration-data');
  return {
    model,
    data: await readDataRequest(invocation, Object.keys(searchedDataOptions)),
    ...(apart.length > 0 && { calibrationData: apart }),
    samples: samplesOption(invocation),
    threads: numberOption(invocation, 'threads'),
    dimensions: dimensionsOption(invocation),
  };
}
