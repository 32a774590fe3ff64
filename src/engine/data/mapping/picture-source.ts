import type { InputDescription } from '../feeds';
import { preprocessPicture } from '../pictures/preprocess-picture';
import { convertTensor } from './convert-tensor';
import { findPictureField } from './find-field';
import { shapeAsRead } from './fit-shape';
import { readOrRefuse, samplesPerRun, tensorOf, type InputSource, type SourceContext } from './input-source';
import type { ImagePreprocessing } from './mapping';
import { pictureOfTensor } from './picture-of-tensor';

/** A picture, or an array of bytes that is one, preprocessed. */
export function createPictureSource(
  input: InputDescription,
  preprocessing: ImagePreprocessing,
  context: SourceContext,
): InputSource {
  const field = findPictureField(context.description, preprocessing.array);
  const { width, height, layout, channels } = preprocessing;
  const depth = channels === 'gray' ? 1 : 3;
  const made = layout === 'NCHW' ? [depth, height, width] : [height, width, depth];
  const who = `The image of ${width} × ${height} in ${layout}`;
  const reading = readOrRefuse(input, made, who, { ...context, isRecurrent: false });
  const dims = shapeAsRead(input.shape, made, reading)!;
  return {
    input,
    field: field.name,
    samplesPerRun: samplesPerRun(input, made, reading),
    stepsOf(value) {
      const picture =
        value.kind === 'picture' ? value.picture : pictureOfTensor(tensorOf(value, field), `"${field.name}"`);
      const data = preprocessPicture(picture, preprocessing);
      const tensor = { dtype: 'float32', dims, data };
      return [{ dtype: input.dtype, dims, data: convertTensor(tensor, input.dtype, `The image for "${input.name}"`) }];
    },
  };
}
