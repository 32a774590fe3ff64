/** One variant in detail: by class, by output, and the samples that could not be used. */
import { List, Stack } from '@mantine/core';
import { formatCount } from '../../../../engine/format';
import { describeTask } from '../../../../engine/metrics/describe-accuracy';
import { AccuracyDoubt } from '../../components/evaluation/AccuracyDoubt';
import { ClassDetails } from '../../components/evaluation/ClassDetails';
import { MatchTable } from './MatchTable';
import type { ResultRow } from './results-model';
import { Note } from '../../components/Note';

export function EvaluationDetails({ row }: { readonly row: ResultRow }) {
  const { recorded, name } = row;
  if (recorded === null) return null;
  const {
    accuracy,
    outputMatch,
    recorded: ofRecording,
    skipped,
    skippedSamples,
    runMs,
    samples,
    batch,
  } = recorded.evaluation;
  const results = accuracy?.classes;
  const perSecond = runMs > 0 && samples > 0 ? samples / (runMs / 1000) : null;
  return (
    <Stack gap={24}>
      {accuracy?.warnings?.map((warning) => (
        <AccuracyDoubt key={warning.code} warning={warning} />
      ))}
      {accuracy === null ? null : <Note>Evaluated: {describeTask(accuracy.task)}.</Note>}
      {accuracy?.undecided === undefined ? null : (
        <p>
          {formatCount(accuracy.undecided)} outputs were not numbers. They count as wrong and are not in the matrix.
        </p>
      )}
      {results === undefined ? null : <ClassDetails results={results} name={name} />}
      {outputMatch === undefined ? null : <MatchTable match={outputMatch} name={name} against="original" />}
      {ofRecording === undefined ? null : <MatchTable match={ofRecording} name={name} against="recorded" />}
      {skipped === 0 ? null : (
        <section aria-label="Skipped samples">
          <h3>
            {formatCount(skipped)} {skipped === 1 ? 'sample was' : 'samples were'} skipped
          </h3>
          <List my={4} style={{ overflowWrap: 'anywhere' }}>
            {skippedSamples.map(({ place, reason }) => (
              <List.Item key={place}>
                <strong>{place}</strong>: {reason}
              </List.Item>
            ))}
          </List>
          {skippedSamples.length < skipped ? <p>… and {formatCount(skipped - skippedSamples.length)} more.</p> : null}
        </section>
      )}
      {perSecond === null ? null : (
        <Note>
          {formatCount(perSecond)} samples per second in batches of {formatCount(batch)}, without reading the data.
        </Note>
      )}
    </Stack>
  );
}
