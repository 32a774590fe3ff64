import { availableParallelism } from 'node:os';
import react from '@vitejs/plugin-react';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestProjectConfiguration } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { slowFilesLeftOut } from './scripts/slow-tests.mjs';
import { locateBrowserOfTests } from './src/runtime/node/test-browser.mjs';
import { isolationHeaders, sharedConfig } from './vite.config.ts';

const { executablePath, args, env } = await locateBrowserOfTests();

// A hang ends here. Many tests start the runtime or a process, which takes seconds on a busy machine; hooks write and remove files.
const patience = { testTimeout: 300_000, hookTimeout: 300_000 } as const;

/** What a file's name says of how its tests run: CONTRIBUTING.md, "Kinds of tests". */
const kinds = {
  isolated: '{src,workers,cli,library,scripts}/**/*.isolated.test.{ts,tsx}',
  corpus: '{src,workers,cli,library,scripts}/**/*.corpus.test.{ts,tsx}',
  timing: '{src,workers,cli,library,scripts}/**/*.timing.test.{ts,tsx}',
  browser: '{src,workers}/**/*.browser.test.{ts,tsx}',
  browserCorpus: '{src,workers}/**/*.corpus.browser.test.{ts,tsx}',
} as const;
/** Those of no kind of their own. */
const plain = '{src,workers,cli,library,scripts}/**/*.test.{ts,tsx}';

/** Vitest passes `--exclude` on to no project, so that the files are left out here. */
const leftOut = process.env.PARETO_QUICK_TESTS === '1' ? slowFilesLeftOut() : [];

/** A fresh clone does not know yet which files are slow: those that run models or commands, and may not come last. */
class SlowFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const slow = /\/(cli|src\/runtime|src\/app\/jobs)\/|\.runtime\./;
    const rank = ({ moduleId }: TestSpecification) => (slow.test(moduleId) ? 0 : 1);
    return (await super.sort(files)).toSorted((a, b) => rank(a) - rank(b));
  }
}

/** One process for all the files of a worker: what one of them has imported or compiled is there for the next. */
const shared = { isolate: false, setupFiles: ['src/runtime/testing/keep-runtime.ts'] };
/** Files in parallel. */
const parallel = { maxWorkers: availableParallelism(), sequence: { groupOrder: 0 } } as const;
/** One file after the other, after everything else. */
const alone = { maxWorkers: 1, sequence: { groupOrder: 1 } } as const;

function inNode(name: string, include: string, how: object): TestProjectConfiguration {
  const exclude = [...Object.values(kinds).filter((kind) => kind !== include), ...leftOut];
  return { test: { name, environment: 'node', ...patience, include: [include], exclude, ...how } };
}

function inBrowser(name: string, include: string, exclude: readonly string[]): TestProjectConfiguration {
  return {
    ...sharedConfig,
    // What is found later reloads the page in the middle of a test.
    optimizeDeps: { ...sharedConfig.optimizeDeps, noDiscovery: true },
    plugins: [react()],
    server: { headers: isolationHeaders },
    test: {
      name,
      include: [include],
      exclude: [...exclude],
      ...patience,
      ...parallel,
      setupFiles: ['src/app/testing/link-tests.ts'],
      browser: {
        enabled: true,
        // A minimal machine may have no /etc/hosts to say what localhost is.
        api: { host: '127.0.0.1' },
        headless: true,
        screenshotFailures: false,
        provider: playwright({ launchOptions: { executablePath, args, env } }),
        instances: [{ browser: 'chromium' }],
      },
    },
  };
}

export default defineConfig({
  test: {
    sequence: { sequencer: SlowFirst },
    projects: [
      inNode('node', plain, { ...parallel, ...shared }),
      inNode('node-isolated', kinds.isolated, parallel),
      inNode('node-corpus', kinds.corpus, { ...parallel, ...shared }),
      inNode('node-timing', kinds.timing, alone),
      inBrowser('browser', kinds.browser, [kinds.browserCorpus]),
      inBrowser('browser-corpus', kinds.browserCorpus, []),
    ],
  },
});
