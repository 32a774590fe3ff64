/** The empty state: open a model, try a sample, go on with recent work, see what this device offers. */
import { Button, Stack, Text } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import { forgetRecentWork, openRecentWork } from '../../../state/storage/persistence';
import { useApp } from '../../../state/workspace/use-stores';
import { Banner } from '../../components/Banner';
import { BreakableName } from '../../components/BreakableName';
import { RerunBanner } from '../../components/RerunBanner';
import { DeviceSummary } from './DeviceSummary';
import darkPicture from './finished-search/dark.svg?no-inline';
import lightPicture from './finished-search/light.svg?no-inline';
import found from './finished-search/result.json';
import { OpenPanel } from './OpenPanel';
import { RecentWorkList } from './RecentWorkList';
import { SampleList } from './SampleList';
import classes from './StartScreen.module.css';

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
        <FinishedSearch />
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

/** A trade-off that a search really found. `npm run screenshots` takes the picture and the words. */
function FinishedSearch() {
  return (
    <figure>
      <Picture source={lightPicture} theme="light" />
      <Picture source={darkPicture} theme="dark" />
      <Text component="figcaption" size="xs" c="dimmed" mt={8}>
        <strong>{found.sample} after 1 minute.</strong> {found.sentence}
      </Text>
    </figure>
  );
}

/** The style sheet shows one of both themes. The browser never loads the other. */
function Picture({ source, theme }: { readonly source: string; readonly theme: 'light' | 'dark' }) {
  const { width, height } = found.picture;
  return (
    <img
      className={classes.picture}
      data-theme={theme}
      src={source}
      alt={found.chart}
      width={width}
      height={height}
      loading="lazy"
    />
  );
}
