/** The answers of two models to one sample, drawn by their kind. */
import type { CSSProperties } from 'react';
import { formatPercent } from '../../../../engine/format';
import type { SampleAnswer, SampleChange } from '../../../../engine/metrics/changes/changed-sample';
import { describeAnswer } from '../../../../engine/metrics/changes/describe-changes';
import {
  changedWords,
  differencePixels,
  drawnBoxes,
  mapPixels,
  wavePath,
} from '../../../../engine/metrics/changes/draw-answers';
import styles from './changes.module.css';
import { PixelCanvas } from './PixelCanvas';

interface AnswersProps {
  readonly change: Pick<SampleChange, 'before' | 'after'>;
  readonly beforeName: string;
  readonly afterName: string;
  readonly color: string;
}

export function Answers({ change: { before, after }, beforeName, afterName, color }: AnswersProps) {
  const difference = differencePixels(before, after);
  return (
    <dl className={styles.answers}>
      <div>
        <dt>{beforeName}</dt>
        <dd>
          <Answer answer={before} other={after} color="var(--original)" />
        </dd>
      </div>
      <div>
        <dt>{afterName}</dt>
        <dd>
          <Answer answer={after} other={before} color={color} />
        </dd>
      </div>
      {difference === undefined ? null : (
        <div>
          <dt>Difference</dt>
          <dd>
            <PixelCanvas picture={difference} label="Difference of both maps" className={styles.drawing} />
          </dd>
        </div>
      )}
    </dl>
  );
}

interface AnswerProps {
  readonly answer: SampleAnswer;
  readonly other: SampleAnswer;
  readonly color: string;
}

function Answer({ answer, other, color }: AnswerProps) {
  switch (answer.kind) {
    case 'classes':
      return (
        <ul className={styles.bars} aria-label={describeAnswer(answer)}>
          {answer.classes.map(({ name, share }) => (
            <li key={name}>
              <span
                className={`${styles.bar} ${name === answer.answer ? styles.first : ''}`}
                style={barStyle(share, color)}
                title={name}
              >
                {name}
              </span>
              <span className={styles.share}>{formatPercent(share, 0)}</span>
            </li>
          ))}
        </ul>
      );
    case 'text':
      return <MarkedText text={answer.text} other={other.kind === 'text' ? other.text : ''} />;
    case 'map':
      return <PixelCanvas picture={mapPixels(answer)} label={describeAnswer(answer)} className={styles.drawing} />;
    case 'wave':
      return <WaveDrawing values={answer.values} label={describeAnswer(answer)} color={color} />;
    case 'numbers':
      return (
        <ol className={styles.bars}>
          {answer.numbers.map(({ place, value }) => (
            <li key={place}>
              <span>[{place}]</span>
              <span className={styles.share}>{Number(value.toPrecision(4))}</span>
            </li>
          ))}
        </ol>
      );
    default:
      return <>{describeAnswer(answer)}</>;
  }
}

function barStyle(share: number, color: string): CSSProperties {
  return {
    '--share': `${Math.max(1, share * 100)}%`,
    '--bar': `color-mix(in srgb, ${color} 30%, transparent)`,
  } as CSSProperties;
}

/** A text with the words marked that lie between the common beginning and the common end. */
function MarkedText({ text, other }: { readonly text: string; readonly other: string }) {
  const [before, changed, after] = changedWords(text, other);
  if (text === '') return <>(empty)</>;
  return (
    <>
      {before}
      {changed === '' ? null : <mark className={styles.changed}>{changed}</mark>}
      {after}
    </>
  );
}

export function WaveDrawing({
  values,
  label,
  color,
}: {
  readonly values: string;
  readonly label: string;
  readonly color: string;
}) {
  const { columns, path } = wavePath(values);
  return (
    <svg
      viewBox={`0 0 ${columns} 64`}
      preserveAspectRatio="none"
      className={styles.drawing}
      role="img"
      aria-label={label}
    >
      <path d={path} fill={color} />
    </svg>
  );
}

/** Boxes of both models on the picture that the model gets: solid if both find them, dashed if one does. */
export function BoxOverlay(props: {
  readonly change: Pick<SampleChange, 'before' | 'after'>;
  readonly size: { readonly width: number; readonly height: number };
  readonly color: string;
}) {
  const { change, size, color } = props;
  const colors = ['var(--original)', color];
  return (
    <svg viewBox={`0 0 ${size.width} ${size.height}`} aria-hidden>
      {drawnBoxes(change, size).map((boxes, side) =>
        boxes.map(({ single, ...box }, index) => (
          <rect
            key={`${side} ${index}`}
            {...box}
            fill="none"
            stroke={colors[side]}
            strokeWidth={single ? 3 : 1.5}
            strokeDasharray={single ? '5 3' : undefined}
            vectorEffect="non-scaling-stroke"
          />
        )),
      )}
    </svg>
  );
}
