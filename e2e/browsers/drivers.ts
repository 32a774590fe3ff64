/**
 * One interface over two installed browsers that Playwright does not drive: Firefox by Puppeteer (WebDriver BiDi), and
 * WebKitGTK by plain requests to its WebDriver.
 */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import puppeteer from 'puppeteer-core';

export interface LaunchOptions {
  readonly downloads?: string;
  readonly isDark?: boolean;
}

export interface Driver {
  readonly version: string;
  /** Errors of the console and uncaught ones, as far as the browser reports them. */
  readonly complaints: readonly string[];
  /** False where a downloaded file does not reach the disk. */
  readonly savesFiles: boolean;
  /** False where nothing outlives a session of automation, or a page cannot be stored. */
  readonly keepsWork: boolean;
  goto(url: string): Promise<unknown>;
  reload(): Promise<unknown>;
  /** Calls a function in the page. It is sent as text, so it may use its arguments alone. */
  evaluate<Value>(inPage: (...given: never[]) => Value | Promise<Value>, ...given: readonly unknown[]): Promise<Value>;
  click(selector: string): Promise<unknown>;
  setFiles(selector: string, files: readonly string[]): Promise<unknown>;
  press(key: 'Tab' | 'Enter' | 'Escape'): Promise<unknown>;
  close(): Promise<void>;
}

const size = { width: 1280, height: 860 };

/** An installed program by its name or path; `undefined` if there is none. */
export function findProgram(...names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const isNamed = (name: string) => name.includes('/') || name.includes('\\');
  const places = names
    .filter((name) => name !== '')
    .flatMap((name) => (isNamed(name) ? [name] : folders.map((folder) => path.join(folder, name))));
  return places.find((place) => existsSync(place));
}

function textOfCall(inPage: (...given: never[]) => unknown, given: readonly unknown[]): string {
  // The compiler of the tests names functions with a helper that the page lacks.
  return `(async () => { const __name = (it) => it; return (${inPage})(...${JSON.stringify(given)}); })()`;
}

export async function launchFirefox(executablePath: string, options: LaunchOptions = {}): Promise<Driver> {
  const profile = await mkdtemp(path.join(os.tmpdir(), 'pareto-firefox-'));
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    userDataDir: profile,
    protocolTimeout: 600_000,
    defaultViewport: size,
    extraPrefsFirefox: {
      'browser.download.folderList': 2,
      'browser.download.dir': options.downloads ?? os.tmpdir(),
      'browser.download.useDownloadDir': true,
      'browser.helperApps.neverAsk.saveToDisk': 'application/octet-stream,application/json,text/html,application/zip',
      ...(options.isDark && { 'layout.css.prefers-color-scheme.content-override': 0, 'ui.systemUsesDarkTheme': 1 }),
    },
  });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error instanceof Error ? error.message : String(error)));
  return {
    version: await browser.version(),
    complaints,
    savesFiles: true,
    keepsWork: true,
    goto: (url) => page.goto(url, { waitUntil: 'load' }),
    reload: () => page.reload({ waitUntil: 'load' }),
    evaluate: <Value>(inPage: (...given: never[]) => Value | Promise<Value>, ...given: readonly unknown[]) =>
      page.evaluate(textOfCall(inPage, given)) as Promise<Value>,
    click: (selector) => page.click(selector),
    async setFiles(selector, files) {
      const input = await page.$(selector);
      if (input === null) throw new Error(`There is no ${selector}.`);
      await (input as unknown as { uploadFile(...paths: readonly string[]): Promise<void> }).uploadFile(...files);
    },
    press: (key) => page.keyboard.press(key),
    async close() {
      await browser.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

const keys = { Tab: '\uE004', Enter: '\uE007', Escape: '\uE00C' } as const;

type Send = (method: string, where: string, body?: object) => Promise<unknown>;

export async function launchWebKit(program: string, port = 4723): Promise<Driver> {
  const end = startWebKitDriver(program, port);
  const send: Send = async (method, where, body) => {
    const response = await fetch(`http://127.0.0.1:${port}${where}`, {
      method,
      ...(body && { body: JSON.stringify(body) }),
    });
    const { value } = (await response.json()) as { value: { error?: string; message?: string } | null };
    if (value?.error !== undefined) throw new Error(`${value.error}: ${value.message ?? ''}`);
    return value;
  };
  try {
    const { sessionId, capabilities } = await openSession(send);
    const session = `/session/${sessionId}`;
    const call: Send = (method, where, body) => send(method, session + where, body);
    await call('POST', '/timeouts', { script: 600_000, pageLoad: 120_000 });
    await call('POST', '/window/rect', size).catch(() => undefined);
    const version = `${capabilities.browserName} ${capabilities.browserVersion}`;
    return driverOfSession(version, call, async () => {
      await send('DELETE', session).catch(() => undefined);
      end();
    });
  } catch (error) {
    end();
    throw error;
  }
}

/** Without one, a session of WebKitGTK never opens: it has no headless mode. */
export function hasDisplay(): boolean {
  return (process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY ?? findProgram('xvfb-run')) !== undefined;
}

/** On a display of its own where there is none. Returns what ends the driver and its windows. */
function startWebKitDriver(program: string, port: number): () => void {
  const needsDisplay = (process.env.DISPLAY ?? process.env.WAYLAND_DISPLAY) === undefined;
  const [command = '', ...before] = needsDisplay ? ['xvfb-run', '-a', program] : [program];
  const env = { ...process.env, JSC_useSharedArrayBuffer: '1' };
  const child = spawn(command, [...before, `--port=${port}`], { stdio: 'ignore', detached: true, env });
  return () => {
    try {
      // The whole group: the display and the browser too.
      process.kill(-child.pid!, 'SIGTERM');
    } catch {
      // It has ended.
    }
  };
}

interface OpenedSession {
  readonly sessionId: string;
  readonly capabilities: { readonly browserName: string; readonly browserVersion: string };
}

async function openSession(send: Send): Promise<OpenedSession> {
  const binary = findProgram(process.env.PARETO_WEBKIT_BROWSER ?? '', ...miniBrowsers());
  const options = { ...(binary && { binary }), args: ['--automation'] };
  const capabilities = { alwaysMatch: { 'webkitgtk:browserOptions': options } };
  for (let tries = 0; ; tries++) {
    await wait(500);
    try {
      return (await send('POST', '/session', { capabilities })) as OpenedSession;
    } catch (error) {
      if (tries > 40) throw error;
    }
  }
}

function driverOfSession(version: string, call: Send, close: () => Promise<void>): Driver {
  const element = async (selector: string): Promise<string> => {
    const found = await call('POST', '/element', { using: 'css selector', value: selector });
    return String(Object.values(found as object)[0]);
  };
  return {
    version,
    close,
    complaints: [],
    savesFiles: false,
    keepsWork: false,
    goto: (url) => call('POST', '/url', { url }),
    reload: () => call('POST', '/refresh', {}),
    async evaluate(inPage, ...given) {
      const script = `const done = arguments[0]; ${textOfCall(inPage, given)}.then((value) => done({ value }), (error) => done({ error: String(error) }));`;
      const answer = (await call('POST', '/execute/async', { script, args: [] })) as { value: never; error?: string };
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.value;
    },
    click: async (selector) => call('POST', `/element/${await element(selector)}/click`, {}),
    setFiles: async (selector, files) =>
      call('POST', `/element/${await element(selector)}/value`, { text: files.join('\n') }),
    press(key) {
      const actions = ['keyDown', 'keyUp'].map((type) => ({ type, value: keys[key] }));
      return call('POST', '/actions', { actions: [{ type: 'key', id: 'keyboard', actions }] });
    },
  };
}

/** Debian keeps the browser of the driver outside the path. */
function miniBrowsers(): readonly string[] {
  const libraries = '/usr/lib';
  const folders = existsSync(libraries) ? readdirSync(libraries).filter((name) => name.endsWith('-linux-gnu')) : [];
  return folders.flatMap((folder) =>
    ['webkit2gtk-4.1', 'webkitgtk-6.0'].map((version) => path.join(libraries, folder, version, 'MiniBrowser')),
  );
}

/** Writes what a person reads of the page when a step fails. */
export async function writePageText(driver: Driver, file: string): Promise<void> {
  const text = await Promise.race([driver.evaluate(() => document.body.innerText), wait(10_000, 'no answer')]);
  await writeFile(file, `${text}\n\n${driver.complaints.join('\n')}`);
}

/** The bytes of the file that an act makes the browser save. */
export async function savedFile(folder: string, act: () => Promise<void>): Promise<Uint8Array> {
  const before = new Set(await readdir(folder));
  await act();
  for (const endMs = Date.now() + 60_000; Date.now() < endMs; await wait(500)) {
    const names = await readdir(folder);
    const [added] = names.filter((name) => !before.has(name) && !name.endsWith('.part'));
    if (added === undefined || names.includes(`${added}.part`)) continue;
    const bytes = await readFile(path.join(folder, added));
    if (bytes.length > 0) return bytes;
  }
  throw new Error('No file was saved in 60 s.');
}

export async function withLimit<Value>(work: Promise<Value>, ms: number, what: string): Promise<Value> {
  const late = new AbortController();
  const limit = wait(ms, undefined, { signal: late.signal }).then(() => {
    throw new Error(`${what}: no answer in ${ms / 1000} s.`);
  });
  limit.catch(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    late.abort();
  }
}
