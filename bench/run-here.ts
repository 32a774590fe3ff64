/** The command line in this process, for scripts that count its time of the processor. */
import { statSync } from 'node:fs';
import type { EvaluationResult } from '../cli/evaluation-result';
import { main } from '../cli/main';
import type { Loss } from '../src/engine/search/candidate';

export async function runHere(
  ...line: readonly string[]
): Promise<{ readonly text: string; readonly cpuSeconds: number }> {
  const write = process.stdout.write.bind(process.stdout);
  const before = process.cpuUsage();
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  try {
    const status = await main(line);
    if (status !== 0) throw new Error(`pareto ${line.join(' ')} ended with ${status}.`);
  } finally {
    process.stdout.write = write;
  }
  const { user, system } = process.cpuUsage(before);
  return { text, cpuSeconds: (user + system) / 1e6 };
}

export interface JudgedVariant {
  readonly sizeBytes: number;
  readonly loss: Pick<Loss, 'of' | 'value' | 'interval'>;
  readonly samples: number;
}

/** More than commands take by themselves; passes that are compared have the same. */
export const samplesToCalibrate = ['--samples', '512'] as const;

/** Makes a variant on samples of one file, leaves it, and judges it on all of another, paired with the original. */
export async function judgeHere(
  recipe: readonly string[],
  files: Readonly<Record<'model' | 'variant' | 'calibration' | 'evaluation', string>>,
): Promise<JudgedVariant> {
  const { model, variant, calibration, evaluation } = files;
  await runHere('optimize', model, '-o', variant, ...recipe, '--data', calibration, ...samplesToCalibrate);
  const { text } = await runHere('evaluate', variant, '--against', model, '--data', evaluation, '--json');
  const { against, samples } = JSON.parse(text) as EvaluationResult;
  return { sizeBytes: statSync(variant).size, loss: lossOfAccuracy(against!.difference!), samples };
}

/** The other way round, as searches tell it: above 0 is lost. */
function lossOfAccuracy({
  value,
  interval,
}: {
  readonly value: number;
  readonly interval: readonly [number, number];
}): Pick<Loss, 'of' | 'value' | 'interval'> {
  return { of: 'accuracy', value: 0 - value, interval: [0 - interval[1], 0 - interval[0]] };
}
