import { describe, expect, it } from 'vitest';
import { readProfile } from './profile';

const node = (name: string, op: string, provider: string, dur: number) =>
  `{"cat" : "Node","pid" :42,"tid" :1,"dur" :${dur},"ts" :1,"ph" : "X","name" :"${name}_kernel_time","args" : {"provider" : "${provider}","op_name" : "${op}","node_index" : "${name.length}"}},`;
const runEnd = '{"cat" : "Session","pid" :42,"tid" :1,"dur" :9,"ts" :2,"ph" : "X","name" :"model_run","args" : {}},';

describe('readProfile', () => {
  it('counts each node once and takes times from the last run', () => {
    const cold = [
      node('conv', 'Conv', 'WebGpuExecutionProvider', 9000),
      node('clip_0', 'Clip', 'CPUExecutionProvider', 400),
    ];
    const warm = [
      node('conv', 'Conv', 'WebGpuExecutionProvider', 1000),
      node('clip_0', 'Clip', 'CPUExecutionProvider', 250),
    ];
    const { placement, operators } = readProfile(['[', ...cold, runEnd, ...warm, runEnd, ']']);
    expect(placement).toEqual({ WebGpuExecutionProvider: 1, CPUExecutionProvider: 1 });
    expect(operators).toEqual([
      { op: 'Conv', provider: 'WebGpuExecutionProvider', nodes: 1, ms: 1 },
      { op: 'Clip', provider: 'CPUExecutionProvider', nodes: 1, ms: 0.25 },
    ]);
  });

  it('adds up a node that a loop runs several times', () => {
    const { placement, operators } = readProfile([
      node('add', 'Add', 'CPUExecutionProvider', 100),
      node('add', 'Add', 'CPUExecutionProvider', 200),
    ]);
    expect(placement).toEqual({ CPUExecutionProvider: 1 });
    expect(operators[0]?.ms).toBeCloseTo(0.3, 12);
  });

  it('gives every kernel its time in each run, and nothing without a run', () => {
    const { kernels } = readProfile([
      node('conv', 'Conv', 'CPUExecutionProvider', 90),
      runEnd,
      node('conv', 'Conv', 'CPUExecutionProvider', 10),
      node('late', 'Add', 'CPUExecutionProvider', 4),
      runEnd,
      node('conv', 'Conv', 'CPUExecutionProvider', 12),
      runEnd,
    ]);
    expect(kernels).toEqual([
      { name: 'conv', op: 'Conv', provider: 'CPUExecutionProvider', microseconds: [90, 10, 12] },
      { name: 'late', op: 'Add', provider: 'CPUExecutionProvider', microseconds: [0, 4, 0] },
    ]);
  });

  it('takes the times of a GPU if present: of all programs of a node, in each run', () => {
    const gpu = (name: string, dur: number) =>
      `{"cat" : "Api","pid" :42,"tid" :1,"dur" :${dur},"ts" :5,"ph" : "X","name" :"${name}","args" : {"shapes" : "{}"}},`;
    const run = [
      node('a&b', 'Conv', 'WebGpuExecutionProvider', 3),
      node('copy', 'MemcpyToHost', 'WebGpuExecutionProvider', 2),
      runEnd,
    ];
    expect(readProfile(run)).not.toHaveProperty('hasGpuTimes');
    const { kernels, operators, hasGpuTimes } = readProfile([
      ...run,
      ...run,
      ...[gpu('a&b&Conv&Transpose', 70), gpu('a&b&Conv&MatMul', 100), gpu('a&b&Conv&Bias', 10)],
      ...[gpu('a&b&Conv&MatMul', 90), gpu('a&b&Conv&Bias', 9)],
    ]);
    expect(hasGpuTimes).toBe(true);
    expect(kernels.map(({ name, microseconds }) => [name, ...microseconds])).toEqual([
      ['a&b', 180, 99],
      ['copy', 2, 2],
    ]);
    expect(operators[0]).toMatchObject({ op: 'Conv', ms: 0.099 });
  });

  it('leaves the runtime’s own copies out of the placement', () => {
    const { placement } = readProfile([
      node('a', 'MemcpyToHost', 'WebGpuExecutionProvider', 1),
      node('bb', 'Relu', 'WebGpuExecutionProvider', 1),
    ]);
    expect(placement).toEqual({ WebGpuExecutionProvider: 1 });
  });

  it('counts the nodes that WebNN fused', () => {
    const { placement } = readProfile([
      'WebNNExecutionProvider::GetCapability, number of partitions supported by WebNN: 1; number of nodes in the graph: 180; number of nodes supported by WebNN: 179',
      node('WEBNN_66_1', 'WEBNN_66', 'WebNNExecutionProvider', 1900),
      node('x', 'NonZero', 'CPUExecutionProvider', 3),
    ]);
    expect(placement).toEqual({ WebNNExecutionProvider: 179, CPUExecutionProvider: 1 });
  });

  it('falls back to the log when nothing was profiled', () => {
    expect(
      readProfile([
        '[V] VerifyEachNodeIsAssignedToAnEp]  All nodes placed on [CPUExecutionProvider]. Number of nodes: 307',
      ]).placement,
    ).toEqual({ CPUExecutionProvider: 307 });
    expect(
      readProfile([
        ' Node(s) placed on [WebGpuExecutionProvider]. Number of nodes: 5',
        ' Node(s) placed on [CPUExecutionProvider]. Number of nodes: 2',
      ]).placement,
    ).toEqual({ WebGpuExecutionProvider: 5, CPUExecutionProvider: 2 });
  });
});
