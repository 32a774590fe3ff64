/** One variant in detail: by class, by output, and the samples that could not be used. */
import { formatCount } from '../../../../engine/format';
import { describeTask } from '../../../../engine/metrics/describe-accuracy';
import { ClassDetails } from '../../components/evaluation/ClassDetails';
import classes from './EvaluationDetails.module.css';
import { AccuracyDoubt } from './AccuracyDoubt';
import { MatchTable } from './MatchTable';
import type { ResultRow } from './results-model';

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
    <div className={classes.details}>
      {accuracy?.warnings?.map((warning) => (
        <AccuracyDoubt key={warning.code} warning={warning} />
      ))}
      {accuracy === null ? null : <p className={classes.note}>Judged by {describeTask(accuracy.task)}.</p>}
      {accuracy?.undecided === undefined ? null : (
        <p>
          {formatCount(accuracy.undecided)} outputs were not numbers. They count as wrong and are in no column of the
          matrix.
        </p>
      )}
      {results === undefined ? null : <ClassDetails results={results} name={name} />}
      {outputMatch === undefined ? null : <MatchTable match={outputMatch} name={name} against="original" />}
      {ofRecording === undefined ? null : <MatchTable match={ofRecording} name={name} against="recorded" />}
      {skipped === 0 ? null : (
        <section className={classes.skipped} aria-label="Skipped samples">
          <h3>
            {formatCount(skipped)} {skipped === 1 ? 'sample was' : 'samples were'} skipped
          </h3>
          <ul>
            {skippedSamples.map(({ place, reason }) => (
              <li key={place}>
                <strong>{place}</strong>: {reason}
              </li>
            ))}
          </ul>
          {skippedSamples.length < skipped ? <p>… and {formatCount(skipped - skippedSamples.length)} more.</p> : null}
        </section>
      )}
      {perSecond === null ? null : (
        <p className={classes.note}>
          {formatCount(perSecond)} samples per second, {formatCount(batch)} at once, without the time to read them.
        </p>
      )}
    </div>
  );
}
