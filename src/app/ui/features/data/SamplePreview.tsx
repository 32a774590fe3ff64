/** One sample: the unchanged picture beside the tensor that the model gets, with its statistics. */
import { ActionIcon, Button, Group, Stack, Text } from '@mantine/core';
import { formatCount, formatCounted, formatNumber } from '../../../../engine/format';
import type { DataPreview } from '../../../jobs/jobs';
import { playSound } from '../../../platform/play-sound';
import { hasJob, isMeasuring } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import type { Original, WorkData } from '../../../state/workspace/workspace-store';
import { Banner } from '../../components/Banner';
import { FactList } from '../../components/FactList';
import { ChevronIcon } from '../../components/icons';
import { NumberField } from '../../components/NumberField';
import { WaveDrawing } from '../../components/changes/AnswerView';
import { PixelCanvas } from '../../components/changes/PixelCanvas';
import classes from './data.module.css';
import { useEffect, useState } from 'react';
import { type LoadedPreview, loadPreview } from '../../../state/data/data-preview';
import { sentenceOf } from '../../../state/jobs/job-runner';

interface PreviewState {
  /** The latest that could be made: it stays while the next one is read. */
  readonly loaded: LoadedPreview | null;
  readonly problem: string | null;
  readonly pending: boolean;
}

/** The delay is long enough that typing a number requests one preview. */
const typingMs = 150;

/**
 * Follows the mapping, so that every change shows its effect. Nothing is read while a measurement runs or data is
 * opened. `index` is `null` for
 * the first sample that can be read.
 */
function usePreview(data: WorkData, original: Original, index: number | null, fits: boolean): PreviewState {
  const [state, setState] = useState<PreviewState>({ loaded: null, problem: null, pending: true });
  const freeDimensions = useWorkspace((workspace) => workspace.freeDimensions);
  const filesMissing = useWorkspace((workspace) => workspace.missingData.includes(data.evaluation.key));
  const idle = useJob((jobs) => !isMeasuring(jobs) && !hasJob(jobs, 'read-data'));
  const { evaluation, mapping } = data;
  useEffect(() => {
    if (filesMissing || !idle || !fits) return;
    const controller = new AbortController();
    const settle = (settled: Partial<PreviewState>): void => {
      if (!controller.signal.aborted) setState((before) => ({ ...before, pending: false, ...settled }));
    };
    const timer = setTimeout(() => {
      setState((before) => ({ ...before, pending: true }));
      loadPreview(controller.signal, { source: evaluation, mapping, original, freeDimensions, index }).then(
        (loaded) => settle({ loaded, problem: null }),
        (error: unknown) => settle({ problem: sentenceOf(error) }),
      );
    }, typingMs);
    return () => {
      clearTimeout(timer);
      controller.abort(new DOMException('Another sample is looked at.', 'AbortError'));
    };
  }, [evaluation, mapping, original, freeDimensions, index, filesMissing, idle, fits]);
  return state;
}

interface SamplePreviewProps {
  readonly data: WorkData;
  readonly original: Original;
  /** False: the editor says what is wrong, and no sample could be fed. */
  readonly fits: boolean;
  /** The sample that a person chose; `null` shows the first that can be read. */
  readonly wanted: number | null;
  readonly onWanted: (index: number) => void;
}

export function SamplePreview({ data, original, fits, wanted, onWanted }: SamplePreviewProps) {
  const last = data.evaluation.description.samples - 1;
  const busy = useJob((state) => isMeasuring(state) || hasJob(state, 'read-data'));
  const asked = wanted === null ? null : Math.min(wanted, last);
  const { loaded, problem, pending } = usePreview(data, original, asked, fits);
  const shown = problem === null && fits ? loaded : null;
  const index = asked ?? Math.min(shown?.preview.index ?? 0, last);
  return (
    <Stack component="section" aria-label="Preview" aria-busy={pending}>
      <Group justify="space-between" gap="8px 12px">
        <h2>Preview</h2>
        <SampleStepper index={index} last={last} busy={busy} onChange={onWanted} />
      </Group>
      {fits ? null : <Text c="dimmed">Fix the mapping to see a preview.</Text>}
      {problem === null || !fits ? null : <Banner kind="problem">{problem}</Banner>}
      {shown === null || shown.unreadable.length === 0 ? null : <UnreadableSamples loaded={shown} />}
      {pending && fits && shown === null && problem === null ? <Text c="dimmed">Reading…</Text> : null}
      {shown === null ? null : <PreviewedSample preview={shown.preview} />}
    </Stack>
  );
}

function UnreadableSamples({ loaded: { unreadable, preview } }: { readonly loaded: LoadedPreview }) {
  return (
    <Banner kind="notice">
      {unreadable.map((sentence) => (
        <p key={sentence}>{sentence}</p>
      ))}
      <p>Showing sample {formatCount(preview.index + 1)}, the first that can be read.</p>
    </Banner>
  );
}

interface SampleStepperProps {
  readonly index: number;
  readonly last: number;
  /** A job has the worker for itself. */
  readonly busy: boolean;
  readonly onChange: (index: number) => void;
}

/** People count from one. */
function SampleStepper({ index, last, busy, onChange }: SampleStepperProps) {
  return (
    <Group gap={8}>
      <ActionIcon
        variant="default"
        size={32}
        aria-label="Previous sample"
        disabled={busy || index === 0}
        onClick={() => onChange(index - 1)}
      >
        <span className={classes.left}>
          <ChevronIcon />
        </span>
      </ActionIcon>
      <NumberField
        aria-label="Sample"
        value={index + 1}
        least={1}
        most={last + 1}
        onChange={(next) => onChange(next - 1)}
        isWhole
        step={1}
        disabled={busy}
        w={76}
      />
      <Text span c="dimmed">
        of {formatCount(last + 1)}
      </Text>
      <ActionIcon
        variant="default"
        size={32}
        aria-label="Next sample"
        disabled={busy || index >= last}
        onClick={() => onChange(index + 1)}
      >
        <span className={classes.right}>
          <ChevronIcon />
        </span>
      </ActionIcon>
    </Group>
  );
}

function labelText({ value, name }: NonNullable<DataPreview['label']>): string {
  return name === null || name === String(value) ? String(value) : `${name} (${value})`;
}

function PreviewedSample({ preview }: { readonly preview: DataPreview }) {
  const { pictures, texts, sounds, tensors, label } = preview;
  return (
    <Stack>
      {label === null ? null : (
        <p data-testid="preview-label">
          Label <strong>{labelText(label)}</strong>
        </p>
      )}
      {pictures.length === 0 ? null : (
        <div className={classes.pictures}>
          {pictures.map(({ field, picture }) => (
            <figure key={field}>
              <PixelCanvas picture={picture} label={`${field} of sample ${preview.index + 1}`} />
              <figcaption>
                {field}, {picture.width} × {picture.height}
              </figcaption>
            </figure>
          ))}
          {tensors.map(({ input, picture }) =>
            picture === null ? null : (
              <figure key={input}>
                <PixelCanvas picture={picture} label={`Input ${input} of sample ${preview.index + 1}`} />
                <figcaption>
                  input {input}, {picture.width} × {picture.height}
                </figcaption>
              </figure>
            ),
          )}
        </div>
      )}
      {sounds.map(({ field, sampleRateHz, values, wave }) => (
        <Stack key={field} component="figure" gap={4} m={0} align="start">
          <WaveDrawing values={wave} label={`${field} of sample ${preview.index + 1}`} color="var(--original)" />
          <Button size="compact-sm" variant="default" onClick={() => playSound(values, sampleRateHz)}>
            Play {field}
          </Button>
        </Stack>
      ))}
      {texts.map((each) => (
        <TextPreview key={each.texts.join('\n')} preview={each} />
      ))}
      {tensors.map((tensor) => (
        <TensorFacts key={tensor.input} tensor={tensor} pictureShown={pictures.length > 0} />
      ))}
    </Stack>
  );
}

function named(column: string | undefined, value: string): string {
  return column === undefined ? value : `${column}: ${value}`;
}

interface TensorFactsProps {
  readonly tensor: DataPreview['tensors'][number];
  /** The tensor's own picture stands beside that of the field already. */
  readonly pictureShown: boolean;
}

function TensorFacts({ tensor, pictureShown }: TensorFactsProps) {
  const { input, dtype, dims, minimum, maximum, mean, std, firstValues, columns, picture } = tensor;
  return (
    <div>
      <h3 className={classes.breakable}>{input}</h3>
      {picture === null || pictureShown ? null : <PixelCanvas picture={picture} label={`Input ${input}`} />}
      <FactList
        facts={[
          ['Tensor', `${dtype} [${dims.join(', ')}]`],
          ['Range', `${formatNumber(minimum)} to ${formatNumber(maximum)}`],
          ['Mean, std', `${formatNumber(mean)}, ${formatNumber(std)}`],
          ['First values', firstValues.map((value, at) => named(columns?.[at], formatNumber(value))).join(', ')],
        ]}
      />
    </div>
  );
}

/** A text beside the tokens that it becomes. */
function TextPreview({ preview: { texts, tokens, count } }: { readonly preview: DataPreview['texts'][number] }) {
  return (
    <figure className={classes.figure} aria-label="Text and tokens">
      {texts.map((text, at) => (
        <blockquote key={at} className={classes.text}>
          {text}
        </blockquote>
      ))}
      <ol className={classes.tokens} aria-label="Tokens">
        {tokens.map(({ text, id }, at) => (
          <li key={at} title={`Id ${id}`}>
            {text}
          </li>
        ))}
      </ol>
      <Text component="figcaption" size="xs" c="dimmed">
        {formatCounted(count, 'token')}
        {count > tokens.length ? `, first ${tokens.length} shown` : ''}
      </Text>
    </figure>
  );
}
