/** `benchmark` as people run it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import type { CellResult } from '../src/engine/metrics/cell';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import { graph, model as modelOf, node, valueInfo } from '../src/engine/onnx/testing/build';
import { limits } from '../src/engine/profiling/roofline';
import type { SweepPoint } from '../src/engine/profiling/sweep';
import type { MeasuredRoofline } from '../src/runtime/benchmark/measure-roofline';
import type { Footprint } from './measure/measure-alone';
import type { BenchmarkReport } from '../src/work/benchmark';
import { grayPng } from './testing/brightness';
import { hurryClock } from './testing/hurry-clock';
import { runHere, type Ran } from './testing/run-here';
import { writeSampledModel } from './testing/sampled-model';

const root = fileURLToPath(new URL('..', import.meta.url));
const model = join(root, 'public/samples/digits-mlp.onnx');

const pareto = (...given: readonly string[]) => runHere(root, ...given);

const cellOf = (stdout: string) => (JSON.parse(stdout) as { cells: CellResult[] }).cells[0]!;

describe('pareto benchmark --ep native', () => {
  it('names the package to install if the native runtime is missing', async () => {
    const ran = await pareto('benchmark', model, '--budget', 'quick', '--ep', 'native');
    expect(ran.status).toBe(1);
    expect(ran.stderr).toContain(
      'The original failed to run on the native CPU. onnxruntime-node is not installed. Run: npm install onnxruntime-node',
    );
  });

  it.each([
    ['--browser', ['benchmark', model, '--ep', 'native', '--browser']],
    ['--per-node', ['benchmark', model, '--ep', 'native', '--per-node']],
  ])('is refused with %s', async (option, line) => {
    expect((await pareto(...line)).stderr).toContain(`--ep native does not work with ${option}.`);
  });
});

describe('pareto benchmark --ep compiled', () => {
  it('compares the module of the original with the original on wasm', async () => {
    const { stdout } = await pareto('benchmark', model, '--budget', 'quick', '--ep', 'compiled', '--json');
    const { cells, comparison } = JSON.parse(stdout) as BenchmarkReport;
    expect(cells).toMatchObject([{ variant: 'original', ep: 'compiled', threads: 1, outputMatch: { valid: true } }]);
    expect(cells[0]!.outputMatch.sqnrDb).toBeGreaterThan(100);
    expect(comparison).toMatchObject([{ variant: 'original', ep: 'compiled' }]);
    expect(comparison[0]!.original!.medianMs).not.toBe(cells[0]!.steady.medianMs);
  });

  it('names the operators that cannot be compiled', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'pareto-sampled-'));
    const path = join(folder, 'sampled.onnx');
    writeSampledModel(path);
    const { status, stderr } = await pareto('benchmark', path, '--budget', 'quick', '--ep', 'compiled');
    expect(status).toBe(1);
    expect(stderr).toContain('The original failed to run on compiled WASM. The model cannot be compiled.');
    expect(stderr).toContain('GridSample');
    rmSync(folder, { recursive: true });
  });

  it('is refused with --per-node', async () => {
    const { stderr } = await pareto('benchmark', model, '--ep', 'compiled', '--per-node');
    expect(stderr).toContain('--ep compiled does not work with --per-node.');
  });
});

describe('pareto benchmark --data', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pareto-benchmark-data-'));
  const [path, data] = [join(folder, 'detector.onnx'), join(folder, 'photos')];
  beforeAll(() => {
    const shape = ['batch', 3, 'height', 'width'];
    const net = graph({
      nodes: [node('Relu', ['x'], ['y'])],
      inputs: [valueInfo('x', shape)],
      outputs: [valueInfo('y', shape)],
    });
    const metadata = Object.entries({ imgsz: '[64, 96]', task: 'detect' }).map(([key, value]) => ({ key, value }));
    writeFileSync(path, joinParts(encodeModel(modelOf(net, { metadata }))));
    mkdirSync(data);
    for (const value of [50, 200]) writeFileSync(join(data, `${value}.png`), grayPng(80, value));
    return () => rmSync(folder, { recursive: true });
  });

  it('compares on the samples, whose size the metadata states', async () => {
    const { stdout } = await pareto('benchmark', path, '--data', data, '--budget', 'quick', '--json');
    expect(cellOf(stdout).outputMatch).toMatchObject({ inputs: 'data', samples: 2 });
  });

  it('states that samples of other shapes were not compared', async () => {
    const { stdout } = await pareto('benchmark', path, '--data', data, '--budget', 'quick', '--batch', '2');
    expect(stdout).toContain('random inputs, since --data has other shapes');
  });
});

describe('pareto benchmark --sweep', () => {
  it.each([
    ['layout=NCHW', '--sweep layout needs WebGPU. Add --browser.'],
    ['optimization=most', '--sweep optimization takes disabled, basic, extended, layout, all, not “most”.'],
    ['threads=0', '--sweep threads takes at most 16 whole numbers from 1 to 64, not “0”.'],
    ['batch', '--sweep must be a list such as batch=1,2,4, not “batch”.'],
    ['height=32', '--sweep cannot vary “height”. With this model it can vary batch, threads, optimization and layout.'],
  ])('refuses %s', async (axis, message) => {
    expect((await pareto('benchmark', model, '--sweep', axis)).stderr).toContain(message);
  });
});

describe('pareto benchmark --per-node', () => {
  let [perNode, perNodeAsText, plain]: Ran[] = [];

  beforeAll(async () => {
    const benchmark = (...given: readonly string[]) => pareto('benchmark', model, '--budget', 'quick', ...given);
    // On a busy machine, the budget would end before every part is measured. measure-within.test.ts tests the limit.
    const limit = vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => new AbortController().signal);
    const halfOfTime = hurryClock(2);
    perNode = await benchmark(
      ...[
        '--per-node',
        '--json',
        '--roofline',
        '--memory',
        '--network-mbps',
        '8',
        '--sweep',
        'optimization=all,disabled',
      ],
    );
    halfOfTime();
    const littleTime = hurryClock(8);
    perNodeAsText = await benchmark('--per-node', '--sustained', '1');
    plain = await benchmark('--json');
    littleTime();
    limit.mockRestore();
  });

  it('gives every node that inspect gives, with shares that add up to the whole', async () => {
    expect(perNode!.stderr).toBe('');
    const cell = cellOf(perNode!.stdout);
    const inspected = JSON.parse((await pareto('inspect', model, '--json')).stdout) as { nodes: { path: string }[] };
    expect(cell.nodes!.map(({ path }) => path)).toEqual(inspected.nodes.map(({ path }) => path));
    const { runs, sumMs, unattributed } = cell.nodeTimes!;
    expect(runs).toBe(12);
    expect(sumMs).toBeGreaterThan(0);
    const shares = [...cell.nodes!, ...unattributed].map(({ share }) => share ?? 0);
    expect(shares.reduce((sum, share) => sum + share, 0)).toBeCloseTo(1, 6);
  });

  it('shows the slowest nodes, and none unless asked', () => {
    expect([perNode, perNodeAsText, plain].map((ran) => ran!.status)).toEqual([0, 0, 0]);
    expect(perNodeAsText!.stdout).toMatch(/original on wasm: \d+ of \d+ nodes ran on their own/);
    expect(perNodeAsText!.stdout).toContain('graph/');
    const { nodes, nodeTimes } = cellOf(plain!.stdout);
    expect([nodes, nodeTimes]).toEqual([undefined, undefined]);
  });

  it('finds the roofs of this machine, the limit of each node and the bottleneck', () => {
    const { roofline, bottleneck } = JSON.parse(perNode!.stdout) as MeasuredRoofline;
    expect(roofline.peakGflops).toBeGreaterThan(0);
    expect(roofline.bandwidthGbps).toBeGreaterThan(0);
    expect(roofline.launchMs).toBeLessThan(1);
    for (const { path, ms, gflops, limit } of roofline.nodes) {
      expect(path).toMatch(/^graph\//);
      expect(ms).toBeGreaterThanOrEqual(0);
      expect(gflops === null || gflops >= 0).toBe(true);
      expect(limits).toContain(limit);
    }
    // The speed of the machine decides which it is: engine/profiling has tests with known profiles.
    expect(limits).toContain(bottleneck!.limit);
    expect(roofline.nodes.map(({ path }) => path)).toEqual(expect.arrayContaining([...bottleneck!.paths]));
    expect(bottleneck!.share).toBeGreaterThan(0);
    expect(bottleneck!.share).toBeLessThanOrEqual(1);
  });

  it('measures the model at each value of a setting', () => {
    const { sweep } = JSON.parse(perNode!.stdout) as { sweep: SweepPoint[] };
    expect(sweep.map(({ axis, value }) => `${axis} ${value}`)).toEqual(['optimization all', 'optimization disabled']);
  });

  it('runs the model for the time that was asked for, and says whether it drifted', () => {
    expect(perNodeAsText!.stdout).toMatch(/\n(Too few runs in|No drift in|Drift: the last third of) 1\ss\b.*\.\n?$/);
  });

  it('computes the downloads of a cold start, of model and runtime, for a network speed', () => {
    const { coldStart } = JSON.parse(perNode!.stdout) as { coldStart: Footprint['coldStart'] };
    const { bytes, runtimeBytes, network } = coldStart;
    expect(runtimeBytes.gzip).toBeGreaterThan(3_000_000);
    expect(network).toEqual({
      mbps: 8,
      downloadMs: (bytes.plain + runtimeBytes.plain) / 1000,
      gzipDownloadMs: (bytes.gzip + runtimeBytes.gzip) / 1000,
      brotliDownloadMs: (bytes.brotli + runtimeBytes.brotli) / 1000,
    });
  });
});
