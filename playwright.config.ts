import { availableParallelism } from 'node:os';
import { defineConfig } from '@playwright/test';
import { locateBrowserOfTests, locateTestBrowser } from './src/runtime/node/test-browser.mjs';

const port = Number(process.env.PARETO_E2E_PORT ?? 4340);
const origin = `http://127.0.0.1:${port}`;

/** What a file's name says of how its tests run: CONTRIBUTING.md, "Kinds of tests". */
const kinds = { corpus: '**/*.corpus.spec.ts', timing: '**/*.timing.spec.ts' } as const;

/**
 * What moves while a job runs is drawn sixty times a second, by the processor that the job needs. Files about what glides ask for it
 * (`test.use`).
 */
const still = { contextOptions: { reducedMotion: 'reduce' } } as const;

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results',
  // One more than there are processors: a benchmark waits for its time to be up. Each takes up to a gigabyte.
  workers: Math.min(availableParallelism() + 1, 4),
  // Files begin in the order of their names: `find-best`, `fitting-views` and `identical-bytes` are named so that the longest tests are not the last.
  fullyParallel: true,
  forbidOnly: true,
  retries: 0,
  // A hang ends here: six cells of a benchmark take minutes on a busy machine.
  timeout: 600_000,
  // A step that takes a second takes many on a busy machine.
  expect: { timeout: 60_000 },
  reporter: 'list',
  use: {
    baseURL: `${origin}/`,
    browserName: 'chromium',
    viewport: { width: 1280, height: 860 },
    locale: 'en-GB',
    launchOptions: await locateBrowserOfTests(),
    // Each test is a first visit, at which it stores all of the build. Those that are about it, and the main job, allow it.
    serviceWorkers: 'block',
    screenshot: 'only-on-failure',
    trace: 'off',
  },
  projects: [
    { name: 'end-to-end', testIgnore: Object.values(kinds), use: still },
    { name: 'end-to-end-corpus', testMatch: kinds.corpus, use: still },
    { name: 'end-to-end-timing', testMatch: kinds.timing, workers: 1, use: still },
    { name: 'words-in-view', testMatch: 'words-in-view.ts', use: still },
    { name: 'first-minute', testMatch: 'first-minute.ts' },
    {
      name: 'screenshots',
      testMatch: 'screenshots.ts',
      use: { serviceWorkers: 'allow', launchOptions: await locateTestBrowser() },
    },
  ],
  webServer: {
    // The server ends with the tests, in whatever way they end.
    command: 'node scripts/serve.mjs --strict-port --until-stdin-ends',
    env: { PORT: String(port) },
    url: `${origin}/`,
    reuseExistingServer: false,
  },
});
