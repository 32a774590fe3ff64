/** One input of a person's own in two models, side by side: a picture, a text or a sound. */
import { Button, Group, TextInput } from '@mantine/core';
import { useEffect, useRef, useState, type ReactNode, type RefObject } from 'react';
import { formatDuration } from '../../../../engine/format';
import { shownInput } from '../../../../engine/metrics/changes/draw-answers';
import {
  describeDeviceProblem,
  fileOfText,
  followCamera,
  recordSound,
  type TriedKind,
} from '../../../state/benchmark/try-out';
import { sentenceOf } from '../../../state/jobs/job-runner';
import { hasJob, isMeasuring } from '../../../state/jobs/job-store';
import type { TriedAnswers } from '../../../jobs/jobs';
import { pickFiles } from '../../../platform/pick-files';
import { useJob } from '../../../state/workspace/use-stores';
import { Banner } from '../Banner';
import classes from './changes.module.css';
import { SampleCard } from './SampleCard';

/** Below this time of a run, the camera is followed live. */
const liveMs = 50;
/** A shorter run draws no wait, because it would flash. */
const flashMs = 200;
const pictureTypes = 'image/png,image/jpeg,image/webp';

interface TryPanelProps {
  readonly kind: TriedKind;
  /** Runs a file in both models. Rejects with a sentence; `null` if a model is not at hand. */
  readonly run: (signal: AbortSignal, file: File) => Promise<TriedAnswers | null>;
  readonly beforeName: string;
  readonly afterName: string;
  readonly color: string;
  /** A choice of the models, beside the buttons. */
  readonly children?: ReactNode;
}

export function TryPanel({ kind, run, beforeName, afterName, color, children }: TryPanelProps) {
  const tried = useTriedInput(run);
  const isBusy = useJob((jobs) => isMeasuring(jobs) || hasJob(jobs, 'read-data'));
  return (
    <>
      <Group gap={8} align="end">
        {kind === 'picture' ? <PictureButtons tried={tried} isBusy={isBusy} /> : null}
        {kind === 'sound' ? <SoundButtons tried={tried} isBusy={isBusy} /> : null}
        {kind === 'text' ? <TextField tried={tried} isBusy={isBusy} /> : null}
        {children}
      </Group>
      {tried.problem === null ? null : <Banner kind="problem">{tried.problem}</Banner>}
      {tried.answers === null ? null : (
        <div className={classes.list} aria-live="polite">
          <SampleCard
            sample={tried.answers.change}
            input={shownInput(tried.answers.preview)}
            {...(tried.answers.sounds && { sounds: tried.answers.sounds })}
            title={`${formatDuration(tried.answers.ms[0])} and ${formatDuration(tried.answers.ms[1])} on WASM, one run`}
            beforeName={beforeName}
            afterName={afterName}
            color={color}
          />
        </div>
      )}
    </>
  );
}

interface TriedInput {
  readonly answers: TriedAnswers | null;
  readonly problem: string | null;
  readonly isRunning: boolean;
  run(file: File): Promise<TriedAnswers | null>;
  /** Lets the person choose a file of these types, and runs it. */
  choose(types: string): Promise<void>;
  fail(problem: string): void;
}

/** The answers to the latest input; the one before is dropped. */
function useTriedInput(runBoth: TryPanelProps['run']): TriedInput {
  const [answers, setAnswers] = useState<TriedAnswers | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [isRunning, setRunning] = useState(false);
  const running = useRef<AbortController>(undefined);
  useEffect(() => () => running.current?.abort(new DOMException('The view is closed.', 'AbortError')), []);
  const run = async (file: File): Promise<TriedAnswers | null> => {
    running.current?.abort(new DOMException('Another input is tried.', 'AbortError'));
    const controller = new AbortController();
    running.current = controller;
    const drawn = setTimeout(() => setRunning(true), flashMs);
    setProblem(null);
    try {
      const found = await runBoth(controller.signal, file);
      if (running.current !== controller) return null;
      setAnswers(found);
      return found;
    } catch (error) {
      if (running.current === controller && !controller.signal.aborted) setProblem(sentenceOf(error));
      return null;
    } finally {
      clearTimeout(drawn);
      if (running.current === controller) setRunning(false);
    }
  };
  const choose = async (types: string): Promise<void> => {
    const [file] = await pickFiles(types, false);
    if (file !== undefined) await run(file);
  };
  return { answers, problem, isRunning, run, choose, fail: setProblem };
}

interface ButtonsProps {
  readonly tried: TriedInput;
  readonly isBusy: boolean;
}

function PictureButtons({ tried, isBusy }: ButtonsProps) {
  const video = useRef<HTMLVideoElement>(null);
  const [isOn, setOn] = useState(false);
  useCamera(video, isOn, tried, () => setOn(false));
  return (
    <>
      <Button
        variant="default"
        disabled={isBusy}
        loading={tried.isRunning && !isOn}
        onClick={() => void tried.choose(pictureTypes)}
      >
        Choose a picture
      </Button>
      {'mediaDevices' in navigator ? (
        <Button variant="default" disabled={isBusy} aria-pressed={isOn} onClick={() => setOn(!isOn)}>
          {isOn ? 'Stop the camera' : 'Use the camera'}
        </Button>
      ) : null}
      {isOn ? <video ref={video} className={classes.camera} muted playsInline aria-label="Camera" /> : null}
    </>
  );
}

/** Takes a still when the camera starts, and further ones while both models answer fast. */
function useCamera(video: RefObject<HTMLVideoElement | null>, isOn: boolean, tried: TriedInput, end: () => void): void {
  const latest = useRef({ tried, end });
  useEffect(() => {
    latest.current = { tried, end };
  });
  useEffect(() => {
    if (!isOn) return;
    const controller = new AbortController();
    const take = async (still: File): Promise<boolean> => {
      const found = await latest.current.tried.run(still);
      return found !== null && Math.max(...found.ms) <= liveMs;
    };
    followCamera(controller.signal, video.current!, take).catch((error: unknown) => {
      if (controller.signal.aborted) return;
      latest.current.tried.fail(describeDeviceProblem(error, 'camera'));
      latest.current.end();
    });
    return () => controller.abort(new DOMException('The camera is stopped.', 'AbortError'));
  }, [isOn, video]);
}

function SoundButtons({ tried, isBusy }: ButtonsProps) {
  const [isRecording, setRecording] = useState(false);
  const record = async (): Promise<void> => {
    setRecording(true);
    try {
      await tried.run(await recordSound(new AbortController().signal));
    } catch (error) {
      tried.fail(describeDeviceProblem(error, 'microphone'));
    } finally {
      setRecording(false);
    }
  };
  return (
    <>
      <Button
        variant="default"
        disabled={isBusy}
        loading={tried.isRunning}
        onClick={() => void tried.choose('audio/wav,.wav')}
      >
        Choose a WAV file
      </Button>
      {'mediaDevices' in navigator ? (
        <Button
          variant="default"
          disabled={isBusy || tried.isRunning}
          loading={isRecording}
          onClick={() => void record()}
        >
          Record 2 seconds
        </Button>
      ) : null}
    </>
  );
}

function TextField({ tried, isBusy }: ButtonsProps) {
  const [text, setText] = useState('');
  return (
    <form
      className={classes.ask}
      onSubmit={(event) => {
        event.preventDefault();
        void tried.run(fileOfText(text));
      }}
    >
      <TextInput
        label="Text"
        w={420}
        maw="100%"
        value={text}
        onChange={({ currentTarget }) => setText(currentTarget.value)}
      />
      <Button type="submit" variant="default" disabled={isBusy || text.trim() === ''} loading={tried.isRunning}>
        Try it
      </Button>
    </form>
  );
}
