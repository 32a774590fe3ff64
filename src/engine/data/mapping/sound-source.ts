import type { InputDescription } from '../feeds';
import { cutIntoWindows } from '../sounds/cut-into-windows';
import { convertTensor } from './convert-tensor';
import { findSoundField } from './find-field';
import { shapeAsRead } from './fit-shape';
import { notThere, readOrRefuse, samplesPerRun, type InputSource, type SourceContext } from './input-source';
import type { SoundPreprocessing } from './mapping';

/** A sound at the model's sample rate: its first window, or all of them in turn where state carries on from one to the next. */
export function createSoundSource(
  input: InputDescription,
  preprocessing: SoundPreprocessing,
  context: SourceContext,
): InputSource {
  const field = findSoundField(context.description, preprocessing.array);
  const made = [preprocessing.samples];
  const reading = readOrRefuse(input, made, `A sound window of ${preprocessing.samples} values`, {
    ...context,
    isRecurrent: false,
  });
  const dims = shapeAsRead(input.shape, made, reading)!;
  return {
    input,
    field: field.name,
    samplesPerRun: samplesPerRun(input, made, reading),
    stepsOf(value) {
      if (value.kind !== 'sound') throw notThere(field);
      const windows = cutIntoWindows(value.sound, preprocessing);
      return (context.isRecurrent ? windows : windows.slice(0, 1)).map((data) => ({
        dtype: input.dtype,
        dims,
        data: convertTensor({ dtype: 'float32', dims, data }, input.dtype, `The sound for "${input.name}"`),
      }));
    },
  };
}
