/** One input with the answers of two models. */
import { Button, Group } from '@mantine/core';
import type { ReactNode } from 'react';
import type { SampleChange } from '../../../../engine/metrics/changes/changed-sample';
import type { ReportSample } from '../../../../engine/report/sample-schema';
import type { DataPreview } from '../../../jobs/jobs';
import { playSound } from '../../../platform/play-sound';
import { Answers, BoxOverlay, WaveDrawing } from './AnswerView';
import classes from './changes.module.css';
import { PixelCanvas } from './PixelCanvas';

export interface CardInput {
  readonly picture?: DataPreview['pictures'][number]['picture'] | NonNullable<ReportSample['picture']>;
  readonly sound?: DataPreview['sounds'][number];
  readonly text?: string;
}

interface SampleCardProps {
  readonly sample: SampleChange;
  /** Absent while it is read. */
  readonly input: CardInput | undefined;
  /** The place of the sample, if absent. */
  readonly title?: string;
  readonly beforeName: string;
  readonly afterName: string;
  readonly color: string;
  /** The output sounds of both models. */
  readonly sounds?: readonly [Float32Array, Float32Array];
  readonly children?: ReactNode;
}

const outcomes = { gained: 'Gained', lost: 'Lost' } as const;

export function SampleCard(props: SampleCardProps) {
  const { sample, input, title = shortPlace(sample.place), beforeName, afterName, color, sounds, children } = props;
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
        <Shown sample={sample} input={input} color={color} />
      </div>
      {input?.sound === undefined ? null : (
        <SoundPlayer sound={input.sound} sounds={sounds} names={[beforeName, afterName]} />
      )}
      {sample.label === undefined ? null : (
        <p className={classes.place}>
          Label: <strong>{sample.label}</strong>
        </p>
      )}
      <Answers change={sample} beforeName={beforeName} afterName={afterName} color={color} />
      {children}
    </div>
  );
}

/** A number, or the end of a path: the rest is the same for all samples. */
function shortPlace(place: string): string {
  const [numbered] = /^sample \d+/.exec(place) ?? [];
  if (numbered !== undefined) return numbered;
  return place.length <= 40 ? place : `…${place.slice(-39)}`;
}

function Shown({ sample, input, color }: Pick<SampleCardProps, 'sample' | 'input' | 'color'>) {
  if (input === undefined) return <p className={classes.text}>Reading…</p>;
  const { picture, sound, text } = input;
  const label = `Input of ${sample.place}`;
  // A model that writes sound is heard: its input is drawn like its outputs.
  if (sound && sample.before.kind === 'wave')
    return <WaveDrawing values={sound.wave} label={label} color="var(--original)" />;
  if (picture === undefined) return <p className={classes.text}>{text}</p>;
  return (
    <div className={classes.layers}>
      {'uri' in picture ? (
        <img src={picture.uri} alt={label} />
      ) : (
        <PixelCanvas picture={picture} label={label} className="" />
      )}
      {sample.before.kind === 'boxes' ? <BoxOverlay change={sample} size={picture} color={color} /> : null}
    </div>
  );
}

function SoundPlayer(props: {
  readonly sound: DataPreview['sounds'][number];
  readonly sounds: SampleCardProps['sounds'];
  readonly names: readonly [string, string];
}) {
  const { sound, sounds, names } = props;
  const played = [
    ['Input', sound.values] as const,
    ...(sounds ?? []).map((values, side) => [names[side]!, values] as const),
  ];
  return (
    <Group gap={4}>
      {played.map(([name, values]) => (
        <Button key={name} size="compact-xs" variant="default" onClick={() => playSound(values, sound.sampleRateHz)}>
          Play {name}
        </Button>
      ))}
    </Group>
  );
}
