import type { ImagePreprocessing } from '../mapping/mapping';

/** The picture that an input takes. */
export interface PictureTarget {
  readonly width: number;
  readonly height: number;
  readonly layout: ImagePreprocessing['layout'];
  /** Channels of the input: 1 makes gray pictures. */
  readonly channels: 1 | 3;
}

export interface ImagePreset {
  /** The name of the preset for `--preset <id>` on the command line. The page shows it beside the title. */
  readonly id: string;
  readonly title: string;
  readonly explanation: string;
  create(target: PictureTarget): ImagePreprocessing;
}

type Recipe = Pick<ImagePreprocessing, 'fit' | 'filter' | 'scale' | 'mean' | 'std' | 'padding'> & {
  readonly colors?: 'rgb' | 'bgr';
  readonly shorterSide?: (target: PictureTarget) => number;
};

const imagenetMean = [0.485, 0.456, 0.406];
const imagenetStd = [0.229, 0.224, 0.225];

export const imagePresets: readonly ImagePreset[] = [
  preset('imagenet-torchvision', 'ImageNet, PyTorch', {
    explanation:
      'Shorter side to 256 for inputs of 224, center crop, bilinear, mean and deviation of ImageNet: torchvision and timm.',
    fit: 'cover',
    filter: 'bilinear',
    // The classic 256 to 224, in proportion.
    shorterSide: ({ width, height }) => Math.trunc(Math.min(width, height) / 0.875),
    scale: 1 / 255,
    mean: imagenetMean,
    std: imagenetStd,
  }),
  preset('imagenet-keras', 'ImageNet, Keras −1 to 1', {
    explanation: 'Stretched to the input, bilinear, values from −1 to 1: MobileNet, Inception and Xception of Keras.',
    fit: 'exact',
    filter: 'bilinear',
    scale: 1 / 127.5,
    mean: [1],
    std: [1],
  }),
  preset('imagenet-caffe', 'ImageNet, Caffe', {
    explanation: 'Stretched, blue first, mean color subtracted, no scaling: VGG and ResNet of Keras and Caffe.',
    fit: 'exact',
    filter: 'bilinear',
    colors: 'bgr',
    scale: 1,
    mean: [103.939, 116.779, 123.68],
    std: [1],
  }),
  preset('clip', 'CLIP', {
    explanation: 'Shorter side to the input, center crop, bicubic, mean and deviation of CLIP.',
    fit: 'cover',
    filter: 'bicubic',
    scale: 1 / 255,
    mean: [0.48145466, 0.4578275, 0.40821073],
    std: [0.26862954, 0.26130258, 0.27577711],
  }),
  preset('mnist', 'MNIST, PyTorch', {
    explanation: 'Mean 0.1307 and deviation 0.3081, as in the MNIST example of PyTorch.',
    fit: 'exact',
    filter: 'bilinear',
    scale: 1 / 255,
    mean: [0.1307],
    std: [0.3081],
  }),
  preset('cifar10', 'CIFAR-10, PyTorch', {
    explanation: 'Mean and deviation of CIFAR-10, as in most PyTorch examples.',
    fit: 'exact',
    filter: 'bilinear',
    scale: 1 / 255,
    mean: [0.4914, 0.4822, 0.4465],
    std: [0.247, 0.2435, 0.2616],
  }),
  preset('yolo-letterbox', 'YOLO letterbox', {
    explanation: 'Fits inside, with gray bars, values from 0 to 1: YOLOv5 and later.',
    fit: 'contain',
    filter: 'bilinear',
    padding: 114,
    scale: 1 / 255,
    mean: [0],
    std: [1],
  }),
  preset('none', 'Unscaled pixels', {
    explanation: 'Stretched to the input, values from 0 to 255, for models that scale pixels themselves.',
    fit: 'exact',
    filter: 'bilinear',
    scale: 1,
    mean: [0],
    std: [1],
  }),
];

function preset(id: string, title: string, { explanation, ...recipe }: Recipe & { explanation: string }): ImagePreset {
  return { id, title, explanation, create: (target) => createPreprocessing(recipe, target) };
}

function createPreprocessing(
  { colors, shorterSide, mean, std, ...rest }: Recipe,
  target: PictureTarget,
): ImagePreprocessing {
  const isGray = target.channels === 1;
  const { width, height, layout } = target;
  return {
    width,
    height,
    layout,
    channels: isGray ? 'gray' : (colors ?? 'rgb'),
    mean: isGray ? [average(mean)] : mean,
    std: isGray ? [average(std)] : std,
    ...(shorterSide && { shorterSide: shorterSide(target) }),
    ...rest,
  };
}

/** A model of gray pictures has no published mean of its own; the average of the colors is nearest to it. */
function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
