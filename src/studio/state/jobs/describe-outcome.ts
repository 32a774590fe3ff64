/** How a job ended, in words: what became of it, and what that leaves. */
import type { JobState } from './job-store';

export interface OutcomeText {
  readonly title: string;
  readonly text: string;
}

export function describeOutcome({ kind, end, subject, message }: NonNullable<JobState['outcome']>): OutcomeText {
  if (end === 'failed') {
    const titles = {
      open: `${subject} could not be opened.`,
      optimize: `${subject} did not finish.`,
      benchmark: 'The benchmark did not finish.',
      'read-data': `${subject} could not be read.`,
      evaluate: 'The evaluation did not finish.',
      'measure-nodes': `The nodes of ${subject} could not be measured.`,
      download: `${subject} could not be packed.`,
    };
    return { title: titles[kind], text: message };
  }
  const cancelled = {
    open: { title: `Opening ${subject} was cancelled.`, text: 'Nothing was changed.' },
    optimize: { title: `${subject} was cancelled.`, text: 'Nothing was changed.' },
    benchmark: { title: 'The benchmark was cancelled.', text: 'What was measured until then stays.' },
    'read-data': { title: `Reading ${subject} was cancelled.`, text: 'Nothing was changed.' },
    evaluate: { title: 'The evaluation was cancelled.', text: 'Nothing was changed.' },
    'measure-nodes': { title: 'Measuring nodes was cancelled.', text: 'What was measured before stays.' },
    download: { title: `Packing ${subject} was cancelled.`, text: 'Nothing was saved.' },
  };
  return cancelled[kind];
}
