/** The empty state: open a model, try a sample, go on with recent work, see what this device offers. */
import { useApp } from '../../../state/use-stores';
import { DeviceSummary } from './DeviceSummary';
import { OpenPanel } from './OpenPanel';
import { RecentWorkList } from './RecentWorkList';
import { SampleList } from './SampleList';
import classes from './StartScreen.module.css';

export function StartScreen() {
  const hasRecent = useApp((state) => state.recentWork.length > 0);
  return (
    <div className={classes.screen}>
      <div className={classes.intro}>
        <h1>
          Make an ONNX model smaller and faster.
          <br />
          See what that cost.
        </h1>
        <p>
          Quantize and prune it here, then compare the original and every variant on this device: size, latency on WASM,
          WebGPU and WebNN, and how far the outputs moved.
        </p>
      </div>
      <OpenPanel />
      <div className={classes.columns}>
        <section aria-labelledby="samples-title">
          <h2 id="samples-title" className={classes.heading}>
            Or start with a sample
          </h2>
          <SampleList />
        </section>
        <div className={classes.side}>
          {hasRecent ? (
            <section aria-labelledby="recent-title">
              <h2 id="recent-title" className={classes.heading}>
                Recent work
              </h2>
              <RecentWorkList />
            </section>
          ) : null}
          <section aria-labelledby="device-title">
            <h2 id="device-title" className={classes.heading}>
              This device
            </h2>
            <DeviceSummary />
          </section>
        </div>
      </div>
    </div>
  );
}
