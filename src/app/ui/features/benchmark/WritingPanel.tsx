/** A model that writes: how fast, by the tokens in its cache, and its text beside the original's from one prompt. */
import { Button, Group, Paper, SimpleGrid, Stack, Text, Textarea } from '@mantine/core';
import { useState } from 'react';
import { useStore } from 'zustand';
import { formatCount, formatDuration, formatFigures, formatRatioInterval } from '../../../../engine/format';
import { originalId } from '../../../../engine/metrics/cell';
import type { GenerationPoint, GenerationSpeed } from '../../../../engine/metrics/writing/generation';
import type { WrittenPiece } from '../../../jobs/jobs';
import {
  measureSelectedWriting,
  tokenizerFile,
  writeWithSelected,
  writingOf,
  writingOutputs,
  writingStore,
} from '../../../state/benchmark/writing';
import { hasJob } from '../../../state/jobs/job-store';
import { cancelJobOf } from '../../../state/jobs/job-runner';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { variantName } from '../../../state/workspace/selectors';
import { Note } from '../../components/Note';
import { ScrollTable } from '../../components/ScrollTable';
import screen from '../../components/Screen.module.css';
import classes from './WritingPanel.module.css';

export function WritingPanel() {
  const state = useWorkspace((workspace) => workspace);
  const { speeds, pieces } = writingOf(useStore(writingStore));
  if (writingOutputs(state) === null) return null;
  return (
    <WritingResults
      speeds={speeds}
      pieces={pieces}
      nameOf={(id) => variantName(state, id)}
      hasTokenizer={tokenizerFile(state) !== null}
    />
  );
}

interface WritingResultsProps extends SideBySideProps {
  readonly speeds: readonly GenerationSpeed[];
}

export function WritingResults({ speeds, ...sides }: WritingResultsProps) {
  const isMeasuring = useJob((jobs) => hasJob(jobs, 'measure-writing'));
  return (
    <Stack component="section" className={screen.part} aria-labelledby="writing">
      <h2 id="writing">Writing</h2>
      <Group gap={8}>
        <Button variant="default" disabled={isMeasuring} onClick={() => void measureSelectedWriting()}>
          Measure tokens per second
        </Button>
      </Group>
      {speeds.length === 0 ? null : (
        <ScrollTable
          label="Tokens per second"
          caption="Time to the first token and tokens per second, by tokens in the cache"
          columns={[
            { name: 'Model' },
            { name: 'Cache', isNumeric: true, term: 'Cache' },
            { name: 'First token', isNumeric: true },
            { name: 'Prompt tokens/s', isNumeric: true },
            { name: 'Generated tokens/s', isNumeric: true },
            { name: 'Against original', isNumeric: true },
          ]}
          rows={speeds.flatMap(({ variant, generation }) =>
            generation.map((point) => ({ name: sides.nameOf(variant), cells: cellsOf(point) })),
          )}
        />
      )}
      <SideBySide {...sides} />
    </Stack>
  );
}

function cellsOf(point: GenerationPoint): readonly string[] {
  const { cacheLength, firstTokenMs, prefillTokensPerSecond, decodeTokensPerSecond, interval, ratio } = point;
  return [
    formatCount(cacheLength),
    formatDuration(firstTokenMs),
    formatFigures(prefillTokensPerSecond),
    `${formatFigures(decodeTokensPerSecond)} (${interval.map(formatFigures).join('–')})`,
    ratio === undefined ? '–' : formatRatioInterval(ratio.value, ratio.interval),
  ];
}

interface SideBySideProps {
  readonly pieces: readonly WrittenPiece[];
  readonly nameOf: (id: string) => string;
  readonly hasTokenizer: boolean;
}

/** Tokens that a person reads without scrolling. */
const writtenTokens = 64;

function SideBySide({ pieces, nameOf, hasTokenizer }: SideBySideProps) {
  const [prompt, setPrompt] = useState('');
  const runningKey = useJob(({ jobs }) => jobs.find(({ kind }) => kind === 'write')?.key ?? null);
  if (!hasTokenizer) return <Note>To compare generated texts, add texts with their tokenizer.json as data.</Note>;
  return (
    <>
      <Textarea
        label="Prompt"
        value={prompt}
        onChange={({ currentTarget }) => setPrompt(currentTarget.value)}
        autosize
        maxRows={6}
        maxLength={4000}
      />
      <Group gap={8}>
        {runningKey === null ? (
          <Button
            variant="default"
            disabled={prompt.trim() === ''}
            onClick={() => void writeWithSelected(prompt, writtenTokens)}
          >
            Generate side by side
          </Button>
        ) : (
          <Button variant="default" onClick={() => cancelJobOf(runningKey)}>
            Stop
          </Button>
        )}
      </Group>
      {pieces.length === 0 ? null : (
        <SimpleGrid cols={{ base: 1, sm: Math.max(1, pieces.length) }} spacing={16}>
          {pieces.map((piece) => (
            <WrittenText key={piece.variant} piece={piece} name={nameOf(piece.variant)} />
          ))}
        </SimpleGrid>
      )}
    </>
  );
}

/** The text as far as both are the same, then marked from the first token that differs. */
function WrittenText({ piece, name }: { readonly piece: WrittenPiece; readonly name: string }) {
  const { text, same, tokensPerSecond, firstTokenMs, tokens, variant } = piece;
  const shared = same !== null && text.startsWith(same) ? same : text;
  const speed = tokensPerSecond === null ? '' : `, ${formatFigures(tokensPerSecond)} tokens/s`;
  const difference = variant === originalId || same === null ? '' : ', differs';
  return (
    <Paper component="section" withBorder p={16} aria-label={`Text of ${name}`}>
      <h3>{name}</h3>
      <p className={classes.text}>
        {shared}
        {shared === text ? null : <mark className={classes.other}>{text.slice(shared.length)}</mark>}
      </p>
      <Text size="xs" c="dimmed">
        {formatCount(tokens)} tokens, first after {formatDuration(firstTokenMs)}
        {speed}
        {difference}
      </Text>
    </Paper>
  );
}
