/** The main job, step by step. A step that stops ends with the place, the time, and the jobs that the page shows. */
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { unzipSync } from 'fflate';
import { classifyWithModule } from './compiled-module.ts';
import { savedFile, type Driver } from './drivers.ts';
import {
  hasTextInPage,
  hasRowsInPage,
  areComparedInPage,
  textInPage,
  isOpenInPage,
  chooseCellsInPage,
  areMeasuredInPage,
  openRefusedInPage,
} from './in-page.ts';
import { Walker } from './walker.ts';

export interface Site {
  readonly address: string;
  /** The same build in a folder of a host without headers. */
  readonly plainAddress: string;
  /** The address of the command `pareto studio`, which opens the sample. */
  readonly studioAddress: string;
  /** Stops the server of `address` and starts it again. */
  readonly setOnline: (isOnline: boolean) => Promise<void>;
}

export interface Fixtures {
  readonly npz: string;
  readonly pictures: string;
  readonly largeModel: string;
  /** What the command line writes for the first goal. */
  readonly smallerModel: Uint8Array;
  readonly downloads: string;
  /** What the page shows of the original's recorded accuracy on the npz and on the pictures, as a pattern. */
  readonly accuracy: string;
}

export interface Step {
  readonly title: string;
  /** Why this browser leaves the step out. */
  readonly skipped?: string | false;
  readonly run: () => Promise<void>;
}

interface Walk {
  readonly driver: Driver;
  readonly walker: Walker;
  readonly launchOther: (options?: { readonly isDark: boolean }) => Promise<Driver>;
  readonly site: Site;
  readonly fixtures: Fixtures;
}

/** The steps in their order. Later ones use what earlier ones opened. */
export function stepsOfWalk(given: Omit<Walk, 'walker'>): readonly Step[] {
  const walk = { ...given, walker: new Walker(given.driver) };
  return [goals, measurements, dataAndSearch, report, storage, otherStarts, otherHosts].flatMap((steps) => steps(walk));
}

const mainGoals = ['^Smaller download', '^Faster on WASM', '^Smallest possible'];

/** The three goals alone, on the smallest sample, which each round opens anew: more workers start in less time. */
export function roundsOfGoals({ driver, site }: Omit<Walk, 'walker'>, rounds: number): readonly Step[] {
  const walker = new Walker(driver);
  return Array.from({ length: rounds }, (_, round) => ({
    title: `reaches the three goals, round ${round + 1}`,
    async run() {
      await walker.openSample(site.address, '^Digit classifier', 'digits-mlp.onnx', round > 0);
      for (const goal of mainGoals) await walker.followGoal(goal);
    },
  }));
}

const reasonWithoutFiles = 'files that the page saves do not reach the disk';

function goals({ driver, walker, launchOther, site, fixtures }: Walk): readonly Step[] {
  return [
    {
      title: 'opens a sample by keyboard alone',
      async run() {
        await driver.goto(site.address);
        await walker.until('start', hasTextInPage, ['button', 'Clothes classifier \\(small']);
        for (let presses = 0; ; presses++) {
          await driver.press('Tab');
          const focused = await driver.evaluate(() => {
            const { activeElement: at } = document;
            return at?.matches(':focus-visible') ? `${at.getAttribute('aria-label') ?? ''} ${at.textContent}` : '';
          });
          if (focused.includes('Clothes classifier (small CNN)')) break;
          if (presses > 40) throw new Error('40 presses of Tab did not reach the sample.');
        }
        await driver.press('Enter');
        await walker.until('open model', isOpenInPage, ['fashion-cnn.onnx']);
      },
    },
    { title: 'opens a sample', run: () => walker.openSample(site.address) },
    { title: 'reaches the goal Smaller download', run: () => walker.followGoal('^Smaller download') },
    {
      title: 'downloads the bytes that the command line writes',
      skipped: !driver.savesFiles && reasonWithoutFiles,
      async run() {
        const bytes = await savedFile(fixtures.downloads, () => walker.click('button[data-command=download-variant]'));
        if (!Buffer.from(bytes).equals(Buffer.from(fixtures.smallerModel))) throw new Error('The bytes differ.');
      },
    },
    { title: 'reaches the goal Faster on WASM', run: () => walker.followGoal('^Faster on WASM') },
    {
      title: 'downloads a compiled module, and runs both of its builds',
      skipped: !driver.savesFiles && reasonWithoutFiles,
      async run() {
        const archive = await savedFile(fixtures.downloads, async () => {
          await walker.click('button[aria-label="Ways to download"]');
          await walker.click('[role=menuitem]', '^Compiled module');
        });
        await inOther(launchOther(), (other) => classifyWithModule(other, unzipSync(archive), fixtures.npz));
      },
    },
    { title: 'reaches the goal Smallest possible', run: () => walker.followGoal('^Smallest possible') },
  ];
}

function measurements({ driver, walker }: Walk): readonly Step[] {
  return [
    {
      title: 'compares',
      async run() {
        await walker.click('[role=tab]', '^Compare$');
        await walker.click('section[aria-label=Compare] button', '^As table$');
        await walker.until('a row with the size of each variant', areComparedInPage);
      },
    },
    {
      title: 'measures the sensitivity',
      async run() {
        await walker.click('[role=tab]', '^Sensitivity$');
        await walker.quiet('sensitivity');
        const source = ['[role=tabpanel] p', '^Measured on WASM with (?!.*so far)'];
        await walker.until('sensitivity of all layers', hasTextInPage, source);
      },
    },
    {
      title: 'benchmarks',
      async run() {
        await walker.goTo('benchmark');
        await walker.click('input[type=radio][value="quick"] + label');
        await driver.evaluate(chooseCellsInPage);
        await walker.click('[data-testid=benchmark-cells]', '^Benchmark \\d');
        await walker.until('start', () => document.querySelector('[data-testid=benchmark-cells]') === null);
        await walker.quiet('benchmark');
        await walker.until('a result in each cell', areMeasuredInPage);
        for (let refused = 0; await driver.evaluate(openRefusedInPage, refused); refused++) {
          await walker.until('the reason', hasTextInPage, ['main', 'The model cannot be compiled']);
        }
      },
    },
  ];
}

function dataAndSearch({ driver, walker, fixtures }: Walk): readonly Step[] {
  return [
    ...(['npz', 'pictures'] as const).map((kind) => ({
      title: kind === 'npz' ? 'reads data from an npz' : 'reads data from a zip of pictures',
      async run() {
        await walker.goTo('data');
        await driver.setFiles('input[type=file]', [fixtures[kind]]);
        await walker.untilDone('name of the data', hasTextInPage, ['main', path.basename(fixtures[kind])]);
        if (kind === 'pictures') {
          await walker.click('label', '^Preprocessing');
          await walker.click('[role=option]', '^Unscaled pixels');
        }
        await walker.click('[data-testid=evaluate]');
        const result = ['[data-testid=result-original]', `^(?![^]*evaluate again)[^]*${fixtures.accuracy}`];
        await walker.untilDone('accuracy of the original', hasTextInPage, result);
        await walker.quiet('evaluation');
      },
    })),
    {
      title: 'finds the best in 60 s',
      async run() {
        await walker.goTo('studio');
        await walker.click('button[data-command=find-best]');
        await walker.click('button[type=submit]');
        await walker.untilDone('result of the search', hasTextInPage, ['[data-testid=search-result]']);
        await walker.quiet('search');
      },
    },
  ];
}

const headline = '[data-testid=report-headline]';

function report({ driver, walker, launchOther, fixtures }: Walk): readonly Step[] {
  return [
    {
      title: 'saves the report as a page, and opens its link in a new profile',
      skipped: !driver.savesFiles && reasonWithoutFiles,
      async run() {
        await walker.goTo('report');
        await walker.until('report', hasTextInPage, [headline]);
        const shown = await driver.evaluate(textInPage, headline);
        const page = await savedFile(fixtures.downloads, () =>
          walker.click('[aria-label="Save the report"] button', 'HTML'),
        );
        if (!/<h1>.*fashion-cnn/.test(Buffer.from(page).toString())) throw new Error('The saved page has no title.');
        // Without a clipboard, the page shows the link in a field.
        await driver.evaluate(() =>
          Object.assign(navigator.clipboard, { writeText: () => Promise.reject(new Error()) }),
        );
        await walker.click('main button', '^Copy link');
        await walker.until('link', () => document.querySelector('[aria-label="Link to copy"]') !== null);
        const link = await driver.evaluate(
          () => document.querySelector<HTMLInputElement>('[aria-label="Link to copy"]')!.value,
        );
        await inOther(launchOther(), async (other) => {
          await other.goto(link);
          const walkerOfOther = new Walker(other);
          await walkerOfOther.until('report', hasTextInPage, [headline]);
          const opened = await other.evaluate(textInPage, headline);
          if (opened !== shown) throw new Error(`The link shows "${opened}" instead of "${shown}".`);
        });
      },
    },
  ];
}

function storage({ driver, walker, site }: Walk): readonly Step[] {
  const skipped = !driver.keepsWork && 'automation keeps no files of the page';
  return [
    {
      title: 'restores the work after a reload',
      skipped,
      async run() {
        await walker.goTo('studio');
        const before = await walker.rows();
        await wait(3000);
        await driver.reload();
        await walker.until('rows of the work', hasRowsInPage, [before]);
      },
    },
    {
      title: 'starts and reaches a goal without its server',
      skipped,
      async run() {
        await walker.until('service worker', () => navigator.serviceWorker.controller !== null);
        await site.setOnline(false);
        try {
          await driver.reload();
          await walker.followGoal('^Smaller download');
        } finally {
          await site.setOnline(true);
        }
      },
    },
  ];
}

function otherStarts({ driver, walker, launchOther, site, fixtures }: Walk): readonly Step[] {
  return [
    {
      title: 'makes a model of 90 MB smaller',
      async run() {
        await driver.goto(`${site.address}#start`);
        await driver.reload();
        await walker.until('start', hasTextInPage, ['h1']);
        await driver.setFiles('input[type=file]', [fixtures.largeModel]);
        await walker.untilDone('large model', isOpenInPage, [path.basename(fixtures.largeModel)]);
        await walker.followGoal('^Smaller download');
      },
    },
    {
      title: 'is dark where the system is',
      skipped: !driver.savesFiles && 'automation cannot choose dark colors',
      run: () =>
        inOther(launchOther({ isDark: true }), async (other) => {
          await other.goto(site.address);
          const isDark = () => Number(/\d+/.exec(getComputedStyle(document.body).backgroundColor)?.[0] ?? 255) < 60;
          await new Walker(other).until('dark background', isDark);
        }),
    },
  ];
}

function otherHosts({ driver, walker, site }: Walk): readonly Step[] {
  const isControlled = () => navigator.serviceWorker.controller !== null;
  const skipped = !driver.keepsWork && 'automation keeps no files of the page';
  return [
    {
      title: 'reaches a goal in a folder of a host without headers',
      async run() {
        await walker.openSample(site.plainAddress);
        if (driver.keepsWork) {
          await walker.until('service worker', isControlled);
          await walker.openSample(site.plainAddress);
          await walker.until('isolation', () => crossOriginIsolated);
        }
        await walker.followGoal('^Smaller download');
      },
    },
    {
      title: 'opens the model of the command for the studio, on another port',
      async run() {
        await driver.goto(site.studioAddress);
        await walker.until('open model', isOpenInPage, ['fashion-cnn.onnx']);
        await walker.followGoal('^Smaller download');
      },
    },
    {
      title: 'opens a shared model',
      skipped,
      async run() {
        await driver.goto(`${site.plainAddress}#start`);
        await driver.reload();
        await walker.until('service worker', isControlled);
        const address = await driver.evaluate(async () => {
          const form = new FormData();
          form.append('models', new File([await (await fetch('samples/digits-mlp.onnx')).blob()], 'shared.onnx'));
          return (await fetch('share', { method: 'POST', body: form })).url;
        });
        await driver.goto(address);
        await walker.until('open model', isOpenInPage, ['shared.onnx']);
      },
    },
  ];
}

async function inOther(launching: Promise<Driver>, work: (other: Driver) => Promise<void>): Promise<void> {
  const other = await launching;
  try {
    await work(other);
  } finally {
    await other.close();
  }
}
