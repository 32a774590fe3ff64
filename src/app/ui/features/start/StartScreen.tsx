/** The empty state: open a model, try a sample, go on with recent work, see what this device offers. */
import { useId, type ReactNode } from 'react';
import { useApp } from '../../../state/workspace/use-stores';
import { CrashedWork } from './CrashedWork';
import { RerunBanner } from '../../components/RerunBanner';
import { DeviceSummary } from './DeviceSummary';
import { FinishedSearch } from './FinishedSearch';
import { OpenPanel } from './OpenPanel';
import { RecentWorkList } from './RecentWorkList';
import { SampleList } from './SampleList';
import classes from './StartScreen.module.css';

export function StartScreen() {
  const hasRecent = useApp((state) => state.recentWork.length > 0);
  return (
    <div className={classes.screen}>
      <div className={classes.first}>
        <div className={classes.side}>
          <div className={classes.intro}>
            <h1>
              Make an ONNX model smaller and faster.
              <br />
              See what that cost.
            </h1>
            <p>
              Say what you need, or make the recipe yourself. Then see size, speed and accuracy of every variant beside
              the original, measured on this device and on your data.
            </p>
          </div>
          <CrashedWork />
          <RerunBanner opened={false} />
          <OpenPanel />
        </div>
        <FinishedSearch />
      </div>
      <div className={classes.columns}>
        <Section title="Or start with a sample">
          <SampleList />
        </Section>
        <div className={classes.side}>
          {hasRecent ? (
            <Section title="Recent work">
              <RecentWorkList />
            </Section>
          ) : null}
          <Section title="This device">
            <DeviceSummary />
          </Section>
        </div>
      </div>
    </div>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className={classes.heading}>
        {title}
      </h2>
      {children}
    </section>
  );
}
