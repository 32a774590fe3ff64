import type { Device, ExecutionProvider } from '../../engine/metrics/cell';
import { ortVersion } from './ort-version';
import { browserThreads, findWebgpuAdapter, probeProviders, sharesMemory } from './providers';
import { measureTimerResolutionUs } from './timer';

interface UserAgentData {
  readonly brands: readonly { readonly brand: string; readonly version: string }[];
  readonly platform: string;
}

/** The facts about this worker that measurements need. No driver is asked for them, so they are known at once. */
export function detectWorkerFacts(): Pick<
  Device,
  'cores' | 'threads' | 'crossOriginIsolated' | 'sharesMemory' | 'timerResolutionUs'
> {
  return {
    cores: navigator.hardwareConcurrency,
    threads: browserThreads(),
    crossOriginIsolated,
    sharesMemory: sharesMemory(),
    timerResolutionUs: measureTimerResolutionUs(),
  };
}

/** The facts of `detectWorkerFacts`, and the adapter of WebGPU if `timedOn` is WebGPU. It waits for a driver only then. */
export async function detectTimedDevice(timedOn: ExecutionProvider | null) {
  return { ...detectWorkerFacts(), webgpu: timedOn === 'webgpu' ? await findWebgpuAdapter() : null };
}

/** The device that this worker runs on: part of the evidence of every number. Waits for the drivers of all providers. */
export async function detectBrowserDevice(): Promise<Device> {
  const { providers, webgpu } = await probeProviders();
  return {
    ...detectBrowser(navigator.userAgent, (navigator as { userAgentData?: UserAgentData }).userAgentData),
    ...detectWorkerFacts(),
    webgpu,
    ortVersion,
    providers,
  };
}

/** Browsers are recognized by their brands, or else by the usual words of the user agent. */
function detectBrowser(userAgent: string, data?: UserAgentData): { browser: string; os: string } {
  const brand = data?.brands.filter(({ brand: name }) => !/not.?a.?brand/i.test(name.replace(/[^a-z]/gi, '')));
  const specific = brand?.find(({ brand: name }) => name !== 'Chromium') ?? brand?.[0];
  const browser = specific === undefined ? browserFromUserAgent(userAgent) : `${specific.brand} ${specific.version}`;
  return { browser, os: data?.platform || osFromUserAgent(userAgent) };
}

function browserFromUserAgent(userAgent: string): string {
  const match =
    /(Firefox|Edg|OPR)\/(\d+)/.exec(userAgent) ??
    /(?:Headless)?(Chrome)\/(\d+)/.exec(userAgent) ??
    /Version\/(\d+[.\d]*).*(Safari)/.exec(userAgent);
  if (match === null) return 'unknown';
  const [first, second] = [match[1]!, match[2]!];
  if (second === 'Safari') return `Safari ${first}`;
  return `${{ Edg: 'Edge', OPR: 'Opera' }[first] ?? first} ${second}`;
}

function osFromUserAgent(userAgent: string): string {
  // Order matters: Android says Linux, and an iPhone says "like Mac OS X".
  const systems = ['Android', 'iPhone', 'iPad', 'Windows', 'Mac OS X', 'CrOS', 'Linux'] as const;
  const names = { iPhone: 'iOS', iPad: 'iPadOS', 'Mac OS X': 'macOS', CrOS: 'ChromeOS' } as Record<string, string>;
  const found = systems.find((system) => userAgent.includes(system));
  return found === undefined ? 'unknown' : (names[found] ?? found);
}
