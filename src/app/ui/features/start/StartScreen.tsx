/** The empty state: open a model, try a sample, go on with recent work, see what this device offers. */
import { ActionIcon, Button, Group, Stack, Text, UnstyledButton } from '@mantine/core';
import { type ReactNode, useId } from 'react';
import { forgetRecentWork, openRecentWork } from '../../../state/storage/persistence';
import { useApp, useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { Banner } from '../../components/Banner';
import { BreakableName } from '../../components/BreakableName';
import { RerunBanner } from '../../components/RerunBanner';
import finished from './finished-goal.json';
import { SampleList } from './SampleList';
import classes from './StartScreen.module.css';
import { capabilitiesOf } from '../../../state/window/capabilities';
import { CheckIcon, CloseIcon, LockIcon, WarningIcon } from '../../components/icons';
import { Note } from '../../components/Note';
import { formatBytes, formatCounted, formatPercent } from '../../../../engine/format';
import { dayOf, type RecentWork } from '../../../state/storage/saved-work';
import { commandById } from '../../../commands/command-registry';
import { currentJob } from '../../../state/jobs/job-store';
import { CommandButton } from '../../components/CommandButton';
import { DropPanel } from '../../components/DropPanel';
import { OutcomeBanner } from '../../components/OutcomeBanner';

export function StartScreen() {
  const hasRecent = useApp((state) => state.recentWork.length > 0);
  return (
    <div className={classes.screen}>
      <div className={classes.columns}>
        <Stack gap={32}>
          <div>
            <h1 className={classes.title}>
              Make an ONNX model smaller and faster.
              <br />
              See what that cost.
            </h1>
            <Text c="dimmed" mt={12}>
              Choose a goal, then compare size, speed and accuracy with the original, measured on this device.
            </Text>
          </div>
          <CrashedWork />
          <RerunBanner opened={false} />
          <OpenPanel />
        </Stack>
        <FinishedGoal />
      </div>
      <div className={classes.columns}>
        <Section title="Or start with a sample">
          <SampleList />
        </Section>
        <Stack gap={32}>
          {hasRecent ? (
            <Section title="Recent work">
              <RecentWorkList />
            </Section>
          ) : null}
          <Section title="This device">
            <DeviceSummary />
          </Section>
        </Stack>
      </div>
    </div>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
    </section>
  );
}

/** Work that twice ended the tab is not restored by itself: the choice is the person's. */
function CrashedWork() {
  const crashed = useApp((state) => state.crashedWork);
  const work = useApp((state) => state.recentWork.find(({ id }) => id === crashed));
  if (crashed === null || work === undefined) return null;
  return (
    <Banner
      kind="problem"
      actions={
        <>
          <Button variant="default" onClick={() => void openRecentWork(crashed)}>
            Open again
          </Button>
          <Button variant="default" onClick={() => void forgetRecentWork(crashed)}>
            Remove
          </Button>
        </>
      }
    >
      <BreakableName text={work.name} /> was not restored: this tab crashed twice while restoring it.
    </Banner>
  );
}

/** A result of a real run on a sample. `npm run screenshots` measures it. */
function FinishedGoal() {
  const { sample, variant, samples, original, result } = finished;
  const bars = [
    { name: 'Size', of: [original.sizeBytes, result.sizeBytes], texts: [original, result].map(sizeText) },
    { name: 'Time on WASM', of: [finished.speedup, 1], texts: [original.time, result.time] },
    { name: 'Accuracy', of: [original.accuracy, result.accuracy], texts: [original, result].map(accuracyText) },
  ];
  return (
    <figure className={classes.finished} aria-label={`${sample}: original and ${variant}`}>
      <Text component="figcaption">
        <strong>{sample}</strong>, <strong className={classes.made}>{variant}</strong>
      </Text>
      {bars.map(({ name, of, texts }) => (
        <div key={name} className={classes.bars}>
          <span>{name}</span>
          {of.map((value, at) => (
            <span key={texts[at]} className={classes.barLine} data-made={at === 1}>
              <span className={classes.bar} style={{ inlineSize: `${(72 * value) / Math.max(...of)}%` }} />
              {texts[at]}
            </span>
          ))}
        </div>
      ))}
      <Note>Measured on {formatCounted(samples, 'sample')}.</Note>
    </figure>
  );
}

const sizeText = ({ sizeBytes }: { readonly sizeBytes: number }) => formatBytes(sizeBytes);
const accuracyText = ({ accuracy }: { readonly accuracy: number }) => formatPercent(accuracy);

/** Each kind of provider on this device: whether it is available, and why not. */
function DeviceSummary() {
  const device = useWorkspace((state) => state.device);
  if (device === null) return <Text c="dimmed">Checking this device…</Text>;
  return (
    <Stack component="ul" gap={8}>
      {capabilitiesOf(device).map(({ id, name, longDetail, available, inSoftware = false, reasons }) => (
        <li
          key={id}
          className={classes.capability}
          data-available={available}
          data-software={inSoftware}
          title={reasons.join(' ')}
        >
          <Group gap={8}>
            {inSoftware ? <WarningIcon /> : available ? <CheckIcon /> : <CloseIcon />}
            <Text fw={600} inherit>
              {name}
            </Text>
            <Text c="dimmed" inherit>
              {available ? longDetail : 'off'}
            </Text>
          </Group>
          {available ? null : <Note>{reasons.join(' ')}</Note>}
        </li>
      ))}
    </Stack>
  );
}

/** Work that this device still holds. */
function factsOf(work: RecentWork): string {
  const counts = [
    work.variantCount > 0 && formatCounted(work.variantCount, 'variant'),
    work.cellCount > 0 && formatCounted(work.cellCount, 'cell'),
  ];
  return [formatBytes(work.sizeBytes), ...counts, dayOf(work)].filter(Boolean).join(' · ');
}

function RecentWorkList() {
  const recent = useApp((state) => state.recentWork);
  return (
    <Stack component="ul" gap={8}>
      {recent.map((work) => (
        <Group component="li" key={work.id} gap={4} wrap="nowrap">
          <UnstyledButton className={classes.card} miw={0} onClick={() => void openRecentWork(work.id)}>
            <Text truncate>{work.name}</Text>
            <Note>{factsOf(work)}</Note>
          </UnstyledButton>
          <ActionIcon
            variant="subtle"
            color="ink"
            aria-label={`Remove ${work.name}`}
            title="Remove from this device"
            onClick={() => void forgetRecentWork(work.id)}
          >
            <CloseIcon />
          </ActionIcon>
        </Group>
      ))}
    </Stack>
  );
}

/** Opens a model on the start screen, and says why the last one could not be opened. */
function OpenPanel() {
  const job = useJob(currentJob);
  return (
    <DropPanel
      label="Open a model"
      outcome={<LastOpening />}
      job={job?.kind === 'open' ? job : null}
      invitation={
        <>
          <CommandButton command="open-model" primary />
          <p>
            or drop an <code>.onnx</code> or <code>.gguf</code> file or a folder anywhere.
          </p>
        </>
      }
    >
      <Group className={classes.promise} gap={8}>
        <LockIcon />
        Nothing leaves this device.
      </Group>
    </DropPanel>
  );
}

function LastOpening() {
  const outcome = useJob((state) => state.outcome);
  if (outcome === null || outcome.kind !== 'open') return null;
  return (
    <OutcomeBanner outcome={outcome}>
      <Button variant="default" onClick={commandById('open-model').perform}>
        Open another file
      </Button>
    </OutcomeBanner>
  );
}
