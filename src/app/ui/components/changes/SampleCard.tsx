/** One input with the answers of two models. */
import type { SampleChange } from '../../../../engine/metrics/changes/changed-sample';
import type { DataPreview } from '../../../jobs/jobs';
import { Answers, BoxOverlay } from './AnswerView';
import classes from './changes.module.css';
import { PixelCanvas } from './PixelCanvas';

interface SampleCardProps {
  readonly sample: SampleChange;
  /** Absent while it is read. */
  readonly preview: DataPreview | undefined;
  readonly title: string;
  readonly beforeName: string;
  readonly afterName: string;
  readonly color: string;
}

const outcomes = { gained: 'Gained', lost: 'Lost' } as const;

export function SampleCard({ sample, preview, title, beforeName, afterName, color }: SampleCardProps) {
  const picture = preview?.tensors.find((tensor) => tensor.picture !== null)?.picture ?? preview?.pictures[0]?.picture;
  const text = preview?.texts[0]?.texts.join('\n');
  return (
    <div className={classes.card}>
      <div className={classes.head}>
        <span className={classes.place} title={sample.place}>
          {title}
        </span>
        {sample.outcome === undefined ? null : (
          <span className={classes.outcome} data-outcome={sample.outcome}>
            {outcomes[sample.outcome]}
          </span>
        )}
      </div>
      <div className={classes.shown}>
        {picture ? (
          <div className={classes.layers}>
            <PixelCanvas picture={picture} label={`Input of ${sample.place}`} className="" />
            {sample.before.kind === 'boxes' ? <BoxOverlay change={sample} size={picture} color={color} /> : null}
          </div>
        ) : (
          <p className={classes.text}>{text ?? (preview ? numbersOf(preview) : 'Reading…')}</p>
        )}
      </div>
      {sample.label === undefined ? null : (
        <p className={classes.place}>
          Label: <strong>{sample.label}</strong>
        </p>
      )}
      <Answers change={sample} beforeName={beforeName} afterName={afterName} color={color} />
    </div>
  );
}

function numbersOf({ tensors }: DataPreview): string {
  return tensors
    .map(
      ({ input, firstValues }) => `${input}: ${firstValues.map((value) => Number(value.toPrecision(4))).join(', ')} …`,
    )
    .join('\n');
}
