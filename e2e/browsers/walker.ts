/** What a step does in a page: waits, clicks, opens a sample and follows a goal. */
import { setTimeout as wait } from 'node:timers/promises';
import { withLimit, type Driver } from './drivers.ts';
import { hasFollowedInPage, isOpenInPage, jobsInPage, markInPage, markResultInPage } from './in-page.ts';

/** The longest time for one job on a busy machine, or for one that shows the same progress. */
export const longestJobMs = 240_000;

export class Walker {
  readonly #driver: Driver;

  constructor(driver: Driver) {
    this.#driver = driver;
  }

  /** Waits until a function in the page returns true. */
  async until(what: string, inPage: (...given: never[]) => boolean, given: readonly unknown[] = [], ms = 60_000) {
    const endMs = Date.now() + ms;
    let problem = '';
    for (;;) {
      const value = await withLimit(this.#driver.evaluate(inPage, ...given), 60_000, what).catch((error: unknown) => {
        if (String(error).includes('no answer')) throw error;
        problem = ` ${String(error)}`;
        return false;
      });
      if (value) return;
      if (Date.now() > endMs) throw new Error(`${what}: waited ${ms / 1000} s.${problem} ${await this.jobs()}`);
      await wait(300);
    }
  }

  /** Clicks the first visible, enabled element of a selector whose name matches. */
  async click(selector: string, name = '', ms = 60_000): Promise<void> {
    await this.until(`${selector} ${name}`, markInPage, [selector, name], ms);
    await this.#driver.click('[data-walk]');
  }

  async jobs(): Promise<string> {
    const shown = await withLimit(this.#driver.evaluate(jobsInPage), 10_000, 'the page').catch(String);
    return `The page shows: ${shown || 'no job'}.`;
  }

  rows(): Promise<number> {
    return this.#driver.evaluate(() => document.querySelectorAll('[data-testid=variants] li').length);
  }

  /** Waits until no job has run for two seconds. A job that moves is slow, and one that shows the same progress for so long has stopped. */
  async quiet(what: string, ms = longestJobMs): Promise<void> {
    let endMs = Date.now() + ms;
    let shown = '';
    for (let calm = 0; calm < 5; calm++) {
      const busy = await withLimit(this.#driver.evaluate(jobsInPage), 60_000, what);
      if (busy !== '') calm = -1;
      // The time that has passed counts on in a job that has stopped.
      const progress = busy.replaceAll(/\d+ (s|min)(?! left)/g, '');
      if (progress !== shown) endMs = Date.now() + ms;
      shown = progress;
      if (Date.now() > endMs) throw new Error(`${what}: a job stopped for ${ms / 1000} s. The page shows: ${busy}.`);
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
    await this.until(`goal ${title}`, hasFollowedInPage, [before + 1], longestJobMs);
    await this.quiet(`goal ${title}`);
  }
}
