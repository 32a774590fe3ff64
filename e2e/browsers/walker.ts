/** What a step does in a page: waits, clicks, opens a sample and follows a goal. */
import { setTimeout as wait } from 'node:timers/promises';
import { withLimit, type Driver } from './drivers.ts';
import { hasFollowedInPage, isOpenInPage, jobsInPage, markInPage, markResultInPage } from './in-page.ts';

/** The longest time in which a job shows the same progress, on a busy machine. */
const longestJobMs = 240_000;
/** For what a page shows without a job, and for one answer of the page. */
const longestWaitMs = 60_000;
const longestAnswerMs = 60_000;

type InPage = (...given: never[]) => boolean;

export class Walker {
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** Waits until a function in the page returns true. */
  async until(what: string, inPage: InPage, given: readonly unknown[] = []) {
    const endMs = Date.now() + longestWaitMs;
    for (;;) {
      const { isTrue, problem } = await this.#ask(what, inPage, given);
      if (isTrue) return;
      if (Date.now() > endMs)
        throw new Error(`${what}: waited ${longestWaitMs / 1000} s.${problem} ${await this.jobs()}`);
      await wait(300);
    }
  }

  /** The same as long as a job moves: a slow one is no failure. */
  async untilDone(what: string, inPage: InPage, given: readonly unknown[] = []) {
    await this.#whileMoving(what, async () => (await this.#ask(what, inPage, given)).isTrue);
  }

  /** A page that is being left cannot answer. */
  async #ask(what: string, inPage: InPage, given: readonly unknown[]) {
    try {
      return { isTrue: await withLimit(this.#driver.evaluate(inPage, ...given), longestAnswerMs, what), problem: '' };
    } catch (error) {
      if (String(error).includes('no answer')) throw error;
      return { isTrue: false, problem: ` ${String(error)}` };
    }
  }

  /** Clicks the first visible, enabled element of a selector whose name matches. */
  async click(selector: string, name = ''): Promise<void> {
    await this.until(`${selector} ${name}`, markInPage, [selector, name]);
    await this.#driver.click('[data-walk]');
  }

  async jobs(): Promise<string> {
    const shown = await withLimit(this.#driver.evaluate(jobsInPage), 10_000, 'the page').catch(String);
    return `The page shows: ${shown || 'no job'}.`;
  }

  rows(): Promise<number> {
    return this.#driver.evaluate(() => document.querySelectorAll('[data-testid=variants] li').length);
  }

  /** Waits until no job has run for two seconds. */
  async quiet(what: string): Promise<void> {
    let calm = 0;
    await this.#whileMoving(what, (busy) => {
      calm = busy === '' ? calm + 1 : 0;
      return calm >= 5;
    });
  }

  /** A job that moves is slow, and one that shows the same progress for so long has stopped. */
  async #whileMoving(what: string, isOver: (busy: string) => boolean | Promise<boolean>): Promise<void> {
    let endMs = Infinity;
    let shown: string | null = null;
    for (;;) {
      const busy = await withLimit(this.#driver.evaluate(jobsInPage), longestAnswerMs, what);
      if (await isOver(busy)) return;
      // The clock goes on in a job that has stopped.
      const progress = busy.replaceAll(/\d+ (s|min)(?! left)|at most \d+ (s|min) left/g, '');
      if (progress !== shown) endMs = Date.now() + longestJobMs;
      shown = progress;
      if (Date.now() > endMs)
        throw new Error(`${what}: a job stopped for ${longestJobMs / 1000} s. ${await this.jobs()}`);
      await wait(400);
    }
  }

  async openSample(address: string, title = 'Clothes classifier \\(small', file = 'fashion-cnn.onnx', isKnown = false) {
    await this.#driver.goto(`${address}#start`);
    await this.#driver.reload();
    await this.click('button', title);
    if (isKnown) await this.click('[role=dialog] button', '^Start over');
    await this.until('open model', isOpenInPage, [file]);
  }

  async goTo(screen: string): Promise<void> {
    await this.click(`header a[href="#${screen}"]`);
  }

  /** A goal that searches may find that nothing is better on this machine. It then says so, and adds no variant. */
  async followGoal(title: string): Promise<void> {
    await this.goTo('studio');
    const before = await this.rows();
    await this.#driver.evaluate(markResultInPage);
    await this.click('section[aria-labelledby=goals-title] button', title);
    await this.untilDone(`goal ${title}`, hasFollowedInPage, [before + 1]);
    await this.quiet(`goal ${title}`);
  }
}
