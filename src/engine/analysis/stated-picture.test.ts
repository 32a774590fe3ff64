import { describe, expect, it } from 'vitest';
import { graph, model } from '../onnx/testing/build';
import { statedPicture } from './stated-picture';

describe('statedPicture', () => {
  const of = (imgsz: string, task = 'detect') =>
    statedPicture({
      ...model(graph({})),
      metadata: [
        { key: 'imgsz', value: imgsz },
        { key: 'task', value: task },
      ],
    });

  it('reads the size and the task that Ultralytics writes', () => {
    expect(of('[320, 416]')).toEqual({ height: 320, width: 416, isDetector: true });
    expect(of('640', 'classify')).toEqual({ height: 640, width: 640, isDetector: false });
  });

  it.each(['', '[]', '[0, 640]', '[640, 999999]', '[1, 2, 3]', 'large'])('leaves out the damaged size "%s"', (imgsz) =>
    expect(of(imgsz)).toBeUndefined(),
  );
});
