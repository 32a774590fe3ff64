/** The answers of two models to one sample, drawn by their kind. */
import { useEffect, useRef, type CSSProperties } from 'react';
import { fromBase64Url } from '../../../../engine/base64-url';
import { formatPercent } from '../../../../engine/format';
import type { SampleAnswer, SampleChange } from '../../../../engine/metrics/changes/changed-sample';
import { describeAnswer } from '../../../../engine/metrics/changes/describe-changes';
import styles from './changes.module.css';

/** Of these kinds the picture of the sample shows the answers. */
type BoxesAnswer = Extract<SampleAnswer, { kind: 'boxes' }>;
type MapAnswer = Extract<SampleAnswer, { kind: 'map' }>;
type WaveAnswer = Extract<SampleAnswer, { kind: 'wave' }>;

interface AnswersProps {
  readonly change: Pick<SampleChange, 'before' | 'after'>;
  readonly beforeName: string;
  readonly afterName: string;
  readonly color: string;
}

export function Answers({ change: { before, after }, beforeName, afterName, color }: AnswersProps) {
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
      return <MapDrawing answer={answer} />;
    case 'wave':
      return <WaveDrawing answer={answer} color={color} />;
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
  const [own, others] = [text.split(/(\s+)/), other.split(/(\s+)/)];
  let start = 0;
  while (start < Math.min(own.length, others.length) && own[start] === others[start]) start++;
  let end = 0;
  while (end < Math.min(own.length, others.length) - start && own.at(-1 - end) === others.at(-1 - end)) end++;
  const [before, changed, after] = [
    own.slice(0, start),
    own.slice(start, own.length - end),
    own.slice(own.length - end),
  ];
  if (text === '') return <>(empty)</>;
  return (
    <>
      {before.join('')}
      {changed.length === 0 ? null : <mark className={styles.changed}>{changed.join('')}</mark>}
      {after.join('')}
    </>
  );
}

/** Draws on a canvas of its own, in the colors of the theme. */
function Drawing(props: {
  readonly width: number;
  readonly height: number;
  readonly label: string;
  readonly draw: (context: CanvasRenderingContext2D, colorOf: (css: string) => string) => void;
}) {
  const { width, height, label, draw } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const element = canvas.current;
    const context = element?.getContext('2d');
    if (!element || !context) return;
    context.clearRect(0, 0, width, height);
    draw(context, (css) => {
      element.style.color = css;
      return getComputedStyle(element).color;
    });
  });
  return <canvas ref={canvas} className={styles.drawing} width={width} height={height} role="img" aria-label={label} />;
}

function MapDrawing({ answer }: { readonly answer: MapAnswer }) {
  const { width, height, values, areClasses } = answer;
  return (
    <Drawing
      width={width}
      height={height}
      label={describeAnswer(answer)}
      draw={(context) => {
        const bytes = fromBase64Url(values) ?? new Uint8Array(0);
        const picture = context.createImageData(width, height);
        for (let place = 0; place < width * height; place++) {
          const value = bytes[place] ?? 0;
          picture.data.set(areClasses ? colorOfClass(value) : [value, value, value, 255], 4 * place);
        }
        context.putImageData(picture, 0, 0);
      }}
    />
  );
}

/** The palette of Pascal VOC: bits of the class number spread over the colors, so that near classes differ. */
function colorOfClass(number: number): readonly [number, number, number, number] {
  let [red, green, blue] = [0, 0, 0];
  for (let bit = 0; bit < 8; bit++) {
    const part = number >> (3 * bit);
    red |= (part & 1) << (7 - bit);
    green |= ((part >> 1) & 1) << (7 - bit);
    blue |= ((part >> 2) & 1) << (7 - bit);
  }
  return [red, green, blue, 255];
}

function WaveDrawing({ answer, color }: { readonly answer: WaveAnswer; readonly color: string }) {
  const bytes = fromBase64Url(answer.values) ?? new Uint8Array(0);
  const columns = bytes.length / 2;
  return (
    <Drawing
      width={columns}
      height={64}
      label={describeAnswer(answer)}
      draw={(context, colorOf) => {
        context.fillStyle = colorOf(color);
        for (let column = 0; column < columns; column++) {
          const [low, high] = [bytes[2 * column]! / 4, bytes[2 * column + 1]! / 4];
          context.fillRect(column, 63.75 - high, 1, Math.max(1, high - low));
        }
      }}
    />
  );
}

/** Boxes of both models on the picture that the model gets: solid if both find them, dashed if one does. */
export function BoxOverlay(props: {
  readonly change: Pick<SampleChange, 'before' | 'after'>;
  readonly size: { readonly width: number; readonly height: number };
  readonly color: string;
}) {
  const { change, size, color } = props;
  const sides = [
    [change.before, 'var(--original)'],
    [change.after, color],
  ] as const;
  const isFractions = sides.every(
    ([answer]) => answer.kind !== 'boxes' || answer.boxes.every(({ corners }) => Math.max(...corners) <= 4),
  );
  const [across, down] = isFractions ? [size.width, size.height] : [1, 1];
  return (
    <svg viewBox={`0 0 ${size.width} ${size.height}`} aria-hidden>
      {sides.map(([answer, stroke]) =>
        (answer.kind === 'boxes' ? (answer satisfies BoxesAnswer).boxes : []).map(({ corners, single }, index) => (
          <rect
            key={`${stroke}${index}`}
            x={corners[0] * across}
            y={corners[1] * down}
            width={Math.max(0, corners[2] - corners[0]) * across}
            height={Math.max(0, corners[3] - corners[1]) * down}
            fill="none"
            stroke={stroke}
            strokeWidth={single ? 3 : 1.5}
            strokeDasharray={single ? '5 3' : undefined}
            vectorEffect="non-scaling-stroke"
          />
        )),
      )}
    </svg>
  );
}
