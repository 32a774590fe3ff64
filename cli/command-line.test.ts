/** The options of all commands. */
import { expect, it } from 'vitest';
import { inputOptions } from './files/input-files';
import { allCommands } from './main';

it('knows for each text option if it names input files, which outputs must not replace', async () => {
  const outputs = ['output', 'trace', 'markdown', 'junit', 'required-operators', 'root'];
  const values = [
    ...[
      'bits',
      'cache',
      'dim',
      'dtypes',
      'end',
      'part',
      'start',
      'duration-s',
      'ep',
      'fail-if',
      'goal',
      'html',
      'inputs',
      'instances',
      'leave-out',
      'limit',
    ],
    ...[
      'batch',
      'budget-s',
      'max-batch',
      'max-queue',
      'max-wait-ms',
      'network-mbps',
      'metric',
      'output-kind',
      'pass',
      'preset',
      'samples',
      'seed',
      'set',
    ],
    ...[
      'generate',
      'length',
      'lengths',
      'name',
      'port',
      'python',
      'rates',
      'scenario',
      'sqnr-db',
      'sustained',
      'sweep',
      'target',
      'target-ms',
      'targets',
      'technique',
      'threads',
      'timeout-ms',
      'value',
    ],
  ];
  const commands = await allCommands();
  const named = commands.flatMap(({ options }) =>
    Object.entries(options).flatMap(([name, { type }]) => (type === 'string' ? [name] : [])),
  );
  expect([...new Set(named)].toSorted()).toEqual([...inputOptions, ...outputs, ...values].toSorted());
});
